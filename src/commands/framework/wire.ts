/** The only words of the wire that commands know. */
export { Argument } from '../../../protocol/argument';
export { doubleText } from '../../../protocol/double-text';
export type { ReplyWriter } from '../../../protocol/reply-writer';
