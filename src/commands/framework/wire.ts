/** The only words of the wire that commands know. */
export { Argument } from '../../../protocol/argument';
export type { ReplyWriter } from '../../../protocol/reply-writer';
