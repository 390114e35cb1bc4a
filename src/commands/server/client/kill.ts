import { bytesOf } from '../../../base/bytes';
import { Fault } from '../../../base/fault';
import type { Context } from '../../context';
import { many, shown, text } from '../../framework/arguments';
import { command } from '../../framework/command';
import { SYNTAX, untilNul } from '../../framework/faults';
import { parseInteger } from '../../framework/numbers';
import type { ConnectedClient } from '../../node';
import { ADMIN } from '../about';
import { typeTest } from './kinds';

const NO_SUCH_CLIENT = new Fault('ERR No such client');
const BAD_ID = new Fault('ERR client-id should be greater than 0');
const BAD_AGE = new Fault('ERR maxage should be greater than 0');
const DEFAULT_USER = 'default';

type Test = (client: ConnectedClient) => boolean;

function positive(word: string, fault: Fault): number {
  const value = Number(parseInteger(bytesOf(word)) ?? 0);
  if (value < 1) throw fault;
  return value;
}

function yesNo(word: string): boolean {
  const lower = word.toLowerCase();
  if (lower !== 'yes' && lower !== 'no') throw SYNTAX;
  return lower === 'yes';
}

/** One filter with its value. Throws Fault. */
function testOf(filter: string, value: string, { clock }: Context): Test {
  switch (filter.toUpperCase()) {
    case 'ID': {
      const id = positive(value, BAD_ID);
      return (client) => client.id === id;
    }
    case 'ADDR':
      return (client) => client.address === value;
    case 'LADDR':
      return (client) => client.localAddress === value;
    case 'MAXAGE': {
      const ageMs = positive(value, BAD_AGE) * 1000;
      return (client) => clock.now - client.createdAtMs >= ageMs;
    }
    case 'TYPE':
      return typeTest(value);
    case 'USER':
      if (value !== DEFAULT_USER) throw new Fault(`ERR No such user '${untilNul(value)}'`);
      return () => true;
    default:
      throw SYNTAX;
  }
}

function kill(ctx: Context, victims: readonly ConnectedClient[]): void {
  for (const victim of victims) {
    if (victim.id === ctx.client.id) ctx.client.closeAfterReply();
    else victim.close();
  }
}

/** `CLIENT KILL ip:port`, which may be oneself. */
function killAddress(ctx: Context, address: string): void {
  const victims = [...ctx.node.admin.clients].filter((client) => client.address === address);
  if (victims.length === 0) throw NO_SUCH_CLIENT;
  kill(ctx, victims.slice(0, 1));
  ctx.out.ok();
}

function killFiltered(ctx: Context, words: readonly string[]): void {
  if (words.length % 2 !== 0) throw SYNTAX;
  const tests: Test[] = [];
  let skipsMe = true;
  for (let i = 0; i < words.length; i += 2) {
    if (words[i]!.toUpperCase() === 'SKIPME') skipsMe = yesNo(words[i + 1]!);
    else tests.push(testOf(words[i]!, words[i + 1]!, ctx));
  }
  const victims = [...ctx.node.admin.clients].filter(
    (client) => !(skipsMe && client.id === ctx.client.id) && tests.every((passes) => passes(client)),
  );
  kill(ctx, victims);
  ctx.out.integer(victims.length);
}

export const killCommand = command({
  ...ADMIN,
  name: 'kill',
  since: '2.4.0',
  summary: 'Close connections: the one from an address, or all that match every filter',
  help: [
    'Kill connections: the one made from <ip:port>, or those that match all options:',
    '* ID <client-id>',
    '* ADDR (<ip:port>|<unixsocket>:0)',
    '* LADDR (<ip:port>|<unixsocket>:0)',
    '* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)',
    '* USER <username>',
    '* MAXAGE <seconds>',
    '* SKIPME (YES|NO)',
    '  Skip killing current connection (default: yes).',
  ],
  complexity: 'O(N) where N is the number of client connections',
  categories: ['connection'],
  args: {
    filter: shown(many(text()), {
      type: 'oneof',
      children: [
        { name: 'ip:port', type: 'string' },
        {
          name: 'new-format',
          type: 'oneof',
          multiple: true,
          children: [
            { name: 'client-id', type: 'integer', token: 'ID' },
            { name: 'client-type', type: 'string', token: 'TYPE' },
            { name: 'username', type: 'string', token: 'USER' },
            { name: 'addr', type: 'string', token: 'ADDR' },
            { name: 'laddr', type: 'string', token: 'LADDR' },
            { name: 'skipme', type: 'string', token: 'SKIPME' },
            { name: 'maxage', type: 'integer', token: 'MAXAGE' },
          ],
        },
      ],
    }),
  },
  run(ctx, { filter }) {
    if (filter.length === 1) killAddress(ctx, filter[0]!);
    else killFiltered(ctx, filter);
  },
});
