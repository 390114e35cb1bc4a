import { Fault } from '../base/fault';

/** Errors that are about values, word for word as Redis says them. */
export const WRONG_TYPE = new Fault('WRONGTYPE Operation against a key holding the wrong kind of value');
