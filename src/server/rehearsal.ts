import { ReplyWriter } from '../../protocol/reply-writer';
import { MORE, RequestReader } from '../../protocol/request-reader';
import type { Clock } from '../base/world';
import { Context } from '../commands/context';
import { dispatch } from '../commands/framework/dispatch';
import type { Table } from '../commands/framework/table';
import type { Node } from '../commands/node';
import type { Engine } from '../engine/engine';
import type { Serving } from './serving';
import { Session } from './session';

/** A rehearsal ends after this, however far it came. */
const REHEARSAL_MS = 40;
const ARENA_BYTES = 256 * 1024;
const KEYS = 64;

const SCRIPT = [
  ['SET', 'k', 'v'.repeat(100)],
  ['GET', 'k'],
  ['GET', 'absent'],
  ['SET', 'k', 'w', 'EX', '100'],
  ['MGET', 'k', 'absent'],
  ['TAGSET', 'k', 'v', 'TAGS', 'a', 'b'],
  ['EXISTS', 'k'],
  ['TTL', 'k'],
  ['INCR', 'n'],
  ['DEL', 'k'],
  ['INVALTAG', 'a'],
];

/**
 * Runs common commands over an engine that nobody will use, before the first client comes: the code they take is then
 * compiled, and a start under load does not answer its first requests tens of milliseconds late.
 */
export function rehearse(engine: Engine, table: Table, node: Node, serving: Serving, clock: Clock): void {
  const out = new ReplyWriter(ARENA_BYTES);
  const session = new Session(0, serving, '', '');
  session.authenticate();
  const context = new Context(engine, out, session, node, clock, table);
  const reader = new RequestReader(serving.limits);
  const until = clock.fineMs() + REHEARSAL_MS;
  for (let round = 0; clock.fineMs() < until; round++) {
    const requests = Buffer.from(SCRIPT.map((words) => request(words, round % KEYS)).join(''), 'latin1');
    reader.feed(requests, 0, requests.length);
    while (reader.next() !== MORE) dispatch(table, context, reader.args, reader.argc);
    reader.release();
    out.reset();
  }
}

function request(words: readonly string[], key: number): string {
  const args = words.map((word, at) => (at === 1 && words[0] !== 'INVALTAG' ? `${word}${key}` : word));
  return `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`;
}
