import { Fault } from '../../../base/fault';
import type { Client } from '../../context';
import { untilNul } from '../../framework/faults';

/** There are no replicas. */
const NOBODY = ['master', 'replica', 'slave'];

/** Whether a client is of this type. Throws for what is no type. */
export function typeTest(word: string): (client: Client) => boolean {
  const type = word.toLowerCase();
  if (type === 'normal') return ({ subscriptions }) => subscriptions === null;
  if (type === 'pubsub') return ({ subscriptions }) => subscriptions !== null;
  if (NOBODY.includes(type)) return () => false;
  throw new Fault(`ERR Unknown client type '${untilNul(word)}'`);
}
