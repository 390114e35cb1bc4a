const CR = 13;
const LF = 10;
const ZERO = 48;
const NINE = 57;
const MINUS = 45;

/** What follows the first byte, by RESP type: nothing more than the line, so many bytes, so many replies. */
const LINE = new Set([...'+-:_,#('].map((type) => type.charCodeAt(0)));
const BYTES = new Set([...'$=!'].map((type) => type.charCodeAt(0)));
/** Replies inside, for each one declared. An attribute stands before its reply and is none. */
const REPLIES = new Map([...'*~>%|'].map((type) => [type.charCodeAt(0), '%|'.includes(type) ? 2 : 1]));
const ATTRIBUTE = '|'.charCodeAt(0);

/** How many whole replies (RESP2 or RESP3) the bytes hold; -1 if they are cut, or no replies. */
export function countReplies(buf: Buffer, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; count++) {
    at = endOfReply(buf, at, end);
    if (at === -1) return -1;
  }
  return count;
}

function endOfReply(buf: Buffer, start: number, end: number): number {
  let at = start;
  for (let open = 1; open > 0; open--) {
    if (at >= end) return -1;
    const type = buf[at]!;
    const line = buf.indexOf(CR, at);
    if (line === -1 || line + 2 > end || buf[line + 1] !== LF) return -1;
    const declared = LINE.has(type) ? 0 : lengthIn(buf, at + 1, line);
    if (Number.isNaN(declared)) return -1;
    at = line + 2;
    if (BYTES.has(type)) at += declared < 0 ? 0 : declared + 2;
    else if (!LINE.has(type)) {
      const each = REPLIES.get(type);
      if (each === undefined) return -1;
      open += Math.max(declared, 0) * each + (type === ATTRIBUTE ? 1 : 0);
    }
    if (at > end) return -1;
  }
  return at;
}

function lengthIn(buf: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = buf[at]!;
    if (!(byte >= ZERO && byte <= NINE) && !(byte === MINUS && at === start && end > start + 1)) return Number.NaN;
  }
  return start === end ? Number.NaN : Number(buf.toString('latin1', start, end));
}
