import { Fault } from '../../base/fault';

export { WRONG_TYPE } from '../../types/faults';

/** Errors that many commands share, word for word as Redis says them. */
export const SYNTAX = new Fault('ERR syntax error');
export const NOT_AN_INTEGER = new Fault('ERR value is not an integer or out of range');
export const NOT_A_FLOAT = new Fault('ERR value is not a valid float');
export const NOT_FINITE = new Fault('ERR increment would produce NaN or Infinity');
export const NO_SUCH_KEY = new Fault('ERR no such key');
export const DB_OUT_OF_RANGE = new Fault('ERR DB index is out of range');
export const SAME_OBJECT = new Fault('ERR source and destination objects are the same');
export const VALUE_TOO_LONG = new Fault('ERR string exceeds maximum allowed size (proto-max-bulk-len)');
export const NOAUTH = new Fault('NOAUTH Authentication required.');
export const WRONG_PASSWORD = new Fault('WRONGPASS invalid username-password pair or user is disabled.');
export const CLIENT_NAME = new Fault('ERR Client names cannot contain spaces, newlines or special characters.');

/** `fullName` is 'get' or 'config|get'. */
export function wrongArity(fullName: string): Fault {
  return new Fault(`ERR wrong number of arguments for '${fullName}' command`);
}

/** Where C stops reading a string, and so Redis when it quotes one. */
export function untilNul(text: string): string {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

/** One reply line: nothing that a client sent can end it early and begin another. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n]+$/, '').replace(/[\r\n]/g, ' ');
}
