import { Fault } from '../../../base/fault';
import type { Context } from '../../context';
import { integer, many, text, token } from '../../framework/arguments';
import { command } from '../../framework/command';
import { SYNTAX } from '../../framework/faults';
import type { ConnectedClient } from '../../node';
import { ADMIN } from '../about';
import { typeTest } from './kinds';
import { clientLine } from './line';

const BAD_ID = new Fault('ERR Invalid client ID');

function named({ node }: Context, ids: readonly number[]): ConnectedClient[] {
  return ids.flatMap((id) => node.admin.clients.byId(id) ?? []);
}

export const list = command({
  ...ADMIN,
  name: 'list',
  since: '2.4.0',
  summary: 'List open connections',
  help: [
    'Return information about client connections. Options:',
    '* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)',
    '  Return clients of specified type.',
    '* ID <id> [<id> ...]',
    '  Return clients of specified ids.',
  ],
  complexity: 'O(N) where N is the number of client connections',
  categories: ['connection'],
  tips: ['nondeterministic_output'],
  args: {
    type: token('TYPE', text('client-type')),
    ids: token('ID', many(integer({ error: BAD_ID }, 'client-id'))),
  },
  run(ctx, { type, ids }) {
    if (type !== undefined && ids !== undefined) throw SYNTAX;
    let clients: Iterable<ConnectedClient> = ids === undefined ? ctx.node.admin.clients : named(ctx, ids);
    if (type !== undefined) clients = [...clients].filter(typeTest(type));
    let lines = '';
    for (const client of clients) lines += `${clientLine(client, ctx.clock.now)}\n`;
    ctx.out.verbatim('txt', lines);
  },
});
