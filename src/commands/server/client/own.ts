import { Fault } from '../../../base/fault';
import { checkClientName } from '../../connection/client-name';
import type { Context } from '../../context';
import { oneOf, required, text } from '../../framework/arguments';
import { command } from '../../framework/command';
import { CLIENT_NAME, untilNul } from '../../framework/faults';
import type { ConnectedClient } from '../../node';
import { clientLine } from './line';

/** What a client may ask about itself, and say about itself. */
export const OWN = { group: 'connection', complexity: 'O(1)', flags: ['noscript', 'loading', 'stale'] } as const;

const LIB_VALUE = (name: string) => new Fault(`ERR ${name} cannot contain spaces, newlines or special characters.`);

/** This connection with what only the registry knows. */
function self({ node, client }: Context): ConnectedClient {
  return node.admin.clients.byId(client.id)!;
}

export const id = command({
  ...OWN,
  name: 'id',
  since: '5.0.0',
  summary: 'Return the client ID of the connection',
  help: ['Return the ID of the current connection.'],
  run: ({ client, out }) => out.integer(client.id),
});

export const info = command({
  ...OWN,
  name: 'info',
  since: '6.2.0',
  summary: 'Return information about the connection',
  help: ['Return information about the current client connection.'],
  tips: ['nondeterministic_output'],
  run: (ctx) => ctx.out.verbatim('txt', `${clientLine(self(ctx), ctx.clock.now)}\n`),
});

export const getname = command({
  ...OWN,
  name: 'getname',
  since: '2.6.9',
  summary: 'Get the connection name',
  help: ['Return the name of the current connection.'],
  run({ client, out }) {
    if (client.name === '') out.nil();
    else out.bulkText(client.name);
  },
});

export const setname = command({
  ...OWN,
  name: 'setname',
  since: '2.6.9',
  summary: 'Set the connection name; an empty one takes it away',
  help: ['Assign the name <connection-name> to the current connection.'],
  args: { 'connection-name': text() },
  run({ client, out }, { 'connection-name': name }) {
    checkClientName(name);
    client.name = name;
    out.ok();
  },
});

export const setinfo = command({
  ...OWN,
  name: 'setinfo',
  since: '7.2.0',
  summary: "Tell the name or the version of the client's library",
  help: [
    'Set client meta attr. Options are:',
    '* LIB-NAME: the client lib name.',
    '* LIB-VER: the client lib version.',
  ],
  args: { attr: text(), value: text() },
  run({ client, out }, { attr, value }) {
    const name = attr.toLowerCase();
    if (name !== 'lib-name' && name !== 'lib-ver') throw new Fault(`ERR Unrecognized option '${untilNul(attr)}'`);
    try {
      checkClientName(value);
    } catch (fault) {
      throw fault === CLIENT_NAME ? LIB_VALUE(name) : fault;
    }
    if (name === 'lib-name') client.libName = value;
    else client.libVersion = value;
    out.ok();
  },
});

export const noEvict = command({
  ...OWN,
  name: 'no-evict',
  since: '7.0.0',
  summary: 'Keep the connection when connections are closed to free memory',
  help: ['Protect current client connection from eviction.'],
  flags: ['admin', 'noscript', 'loading', 'stale'],
  args: { enabled: required(oneOf('ON', 'OFF')) },
  run({ client, out }, { enabled }) {
    client.noEvict = enabled === 'ON';
    out.ok();
  },
});

export const noTouch = command({
  ...OWN,
  name: 'no-touch',
  since: '7.2.0',
  summary: 'Let reads of this connection leave the eviction order of keys as it is',
  help: ['Will not touch LRU/LFU stats when this mode is on.'],
  args: { enabled: required(oneOf('ON', 'OFF')) },
  run({ client, out }, { enabled }) {
    client.noTouch = enabled === 'ON';
    out.ok();
  },
});

export const reply = command({
  ...OWN,
  name: 'reply',
  since: '3.2.0',
  summary: 'Have all replies, none, or all but the next',
  help: ['Control the replies sent to the current connection.'],
  args: { action: required(oneOf('ON', 'OFF', 'SKIP')) },
  run(ctx, { action }) {
    const me = self(ctx);
    if (action === 'ON') {
      me.replyMode = 'on';
      ctx.out.ok();
    } else if (action === 'OFF') me.replyMode = 'off';
    else if (me.replyMode !== 'off') me.replyMode = 'skip';
  },
});
