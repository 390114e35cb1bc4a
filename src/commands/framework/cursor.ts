import { Fault } from '../../base/fault';
import { untilNul } from './faults';

const BAD_CURSOR = new Fault('ERR invalid cursor');
const UINT64_MAX = 2n ** 64n - 1n;

/** The word of a SCAN, as C's strtoul reads it: nothing is 0, a sign is allowed. */
export function parseCursor(word: string): string {
  const cursor = untilNul(word);
  if (cursor === '') return '0';
  if (!/^[+-]?\d+$/.test(cursor)) throw BAD_CURSOR;
  const value = BigInt(cursor.startsWith('+') ? cursor.slice(1) : cursor);
  if (value > UINT64_MAX || value < -UINT64_MAX) throw BAD_CURSOR;
  return String(BigInt.asUintN(64, value));
}
