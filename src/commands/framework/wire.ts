/** The only words of the wire that commands know. */
export type { Argument } from '../../../protocol/argument';
export type { ReplyWriter } from '../../../protocol/reply-writer';
