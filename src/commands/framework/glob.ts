import { type Bytes, copyOf } from '../../base/bytes';

const STAR = 42;
const MINUS = 45;
const ANY = 63;
const OPEN = 91;
const ESCAPE = 92;
const CLOSE = 93;
const NOT = 94;

/** Redis compares ranges as C's signed chars. */
function signed(c: number): number {
  return (c << 24) >> 24;
}

/**
 * Redis's glob over bytes, compiled: `*`, `?`, `[a-z]`, `[^x]`, `\` before what is meant literally. An unclosed `[` ends
 * with the pattern. Only the last `*` is ever tried again, so time is at most pattern times key, without recursion.
 */
export function glob(pattern: Bytes): (key: Bytes) => boolean {
  const p = copyOf(pattern);
  if (p.length === 1 && p[0] === STAR) return () => true;
  return (key) => matches(p, key);
}

function matches(p: Buffer, { buf, start, end }: Bytes): boolean {
  if (start === end) return p.length === 0;
  let at = 0;
  let i = start;
  let retryPattern = -1;
  let retryKey = start;
  while (i < end) {
    if (at < p.length && p[at] === STAR) {
      while (p[at] === STAR) at++;
      if (at === p.length) return true;
      retryPattern = at;
      retryKey = i;
      continue;
    }
    const after = at < p.length ? matchOne(p, at, buf[i]!) : -1;
    if (after >= 0) {
      at = after;
      i++;
    } else {
      if (retryPattern < 0) return false;
      at = retryPattern;
      i = ++retryKey;
    }
  }
  while (p[at] === STAR) at++;
  return at === p.length;
}

/** Where the pattern goes on if its element at `at` takes the byte `c`; -1 if it does not. */
function matchOne(p: Buffer, at: number, c: number): number {
  switch (p[at]) {
    case ANY:
      return at + 1;
    case OPEN:
      return matchClass(p, at + 1, c);
    case ESCAPE:
      if (at + 1 < p.length) return p[at + 1] === c ? at + 2 : -1;
      return c === ESCAPE ? at + 1 : -1;
    default:
      return p[at] === c ? at + 1 : -1;
  }
}

function matchClass(p: Buffer, first: number, c: number): number {
  const negated = p[first] === NOT;
  let at = negated ? first + 1 : first;
  let found = false;
  for (; at < p.length && p[at] !== CLOSE; at++) {
    if (p[at] === ESCAPE && at + 1 < p.length) {
      at++;
      if (p[at] === c) found = true;
    } else if (p[at + 1] === MINUS && at + 2 < p.length) {
      if (inRange(signed(p[at]!), signed(p[at + 2]!), signed(c))) found = true;
      at += 2;
    } else if (p[at] === c) found = true;
  }
  return found === negated ? -1 : Math.min(at + 1, p.length);
}

function inRange(a: number, b: number, c: number): boolean {
  return a <= b ? c >= a && c <= b : c >= b && c <= a;
}
