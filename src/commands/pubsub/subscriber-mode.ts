import { Fault } from '../../base/fault';
import type { Client } from '../context';
import type { Command } from '../framework/command';

const ALLOWED = new Set([
  ...['subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe', 'ssubscribe', 'sunsubscribe'],
  ...['ping', 'quit', 'reset'],
]);

/** A RESP2 client with subscriptions could not tell replies from messages. Throws Fault. */
export function checkSubscriber({ proto, subscriptions }: Client, { name, fullName }: Command): void {
  if (proto === 3 || subscriptions === null || ALLOWED.has(name)) return;
  throw new Fault(
    `ERR Can't execute '${fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
  );
}
