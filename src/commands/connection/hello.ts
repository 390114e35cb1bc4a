import { Fault } from '../../base/fault';
import type { Context } from '../context';
import { both, integer, optional, text, token } from '../framework/arguments';
import { command } from '../framework/command';
import { untilNul, WRONG_PASSWORD } from '../framework/faults';
import { checkClientName } from './client-name';

const NOT_A_VERSION = new Fault('ERR Protocol version is not an integer or out of range');
const UNSUPPORTED = new Fault('NOPROTO unsupported protocol version');
const NOT_AUTHENTICATED = new Fault(
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
);

export const hello = command({
  name: 'hello',
  group: 'connection',
  since: '6.0.0',
  summary: 'Handshake with the server: protocol version, authentication and name in one request',
  complexity: 'O(1)',
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  args: {
    protover: optional(integer({ min: 2, max: 3, error: NOT_A_VERSION, outOfRange: UNSUPPORTED })),
    auth: both('AUTH', text('username'), text('password')),
    clientname: token('SETNAME', text()),
  },
  unknownOption: (word) => new Fault(`ERR Syntax error in HELLO option '${untilNul(word)}'`),
  examples: `
> HELLO 4
-NOPROTO unsupported protocol version
`,
  run(ctx, { protover, auth, clientname }) {
    const { client, out, node } = ctx;
    if (clientname !== undefined) checkClientName(clientname);
    if (auth !== undefined) {
      if (!node.security.authenticate(auth[0], auth[1])) throw WRONG_PASSWORD;
      client.authenticate();
    }
    if (!client.authenticated) throw NOT_AUTHENTICATED;
    if (clientname !== undefined) client.name = clientname;
    if (protover !== undefined) {
      client.proto = protover === 3 ? 3 : 2;
      out.proto = client.proto;
    }
    writeHello(ctx);
  },
});

/** Strings are bulks: redis-cli insists on it. */
function writeHello({ client, out, node }: Context): void {
  out.map(7);
  out.bulkText('server');
  out.bulkText('redis');
  out.bulkText('version');
  out.bulkText(node.version);
  out.bulkText('proto');
  out.integer(client.proto);
  out.bulkText('id');
  out.integer(client.id);
  out.bulkText('mode');
  out.bulkText('standalone');
  out.bulkText('role');
  out.bulkText('master');
  out.bulkText('modules');
  out.array(0);
}
