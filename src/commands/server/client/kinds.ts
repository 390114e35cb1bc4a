import { Fault } from '../../../base/fault';
import { untilNul } from '../../framework/faults';

/** Everybody is a normal client: there are no replicas, and no subscribers yet. */
const OTHERS = ['master', 'replica', 'slave', 'pubsub'];

/** Whether clients of this type exist. Throws for what is no type. */
export function isNormalType(word: string): boolean {
  const type = word.toLowerCase();
  if (type === 'normal') return true;
  if (OTHERS.includes(type)) return false;
  throw new Fault(`ERR Unknown client type '${untilNul(word)}'`);
}
