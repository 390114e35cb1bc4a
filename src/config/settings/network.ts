import {
  address,
  addresses,
  boolean,
  duration,
  integer,
  line,
  path,
  permissions,
  secret,
  token,
  words,
} from '../kinds';
import { setting } from '../setting';

const PORT = { min: 0, max: 65535 };
/** Nobody guesses one of so many characters. */
const TOKEN_LENGTH_MIN = 16;

export const NETWORK = [
  setting({
    name: 'port',
    kind: integer(PORT),
    default: 6380,
    doc: 'TCP port of the Redis protocol; 0 takes any free one and logs it',
  }),
  setting({
    name: 'bind',
    kind: addresses(),
    default: ['127.0.0.1'],
    doc: 'addresses to listen on; "" for none (unix socket only), -addr for one that may be missing',
  }),
  setting({
    name: 'unixsocket',
    kind: path('path'),
    default: '',
    doc: 'unix socket to listen on as well',
    isProtected: true,
  }),
  setting({
    name: 'unixsocketperm',
    kind: permissions(),
    default: 0,
    doc: 'permissions of the unix socket; 0 leaves them to the umask',
  }),
  setting({
    name: 'tcp-backlog',
    kind: integer({ min: 1, max: 65535 }, 'connections'),
    default: 511,
    doc: 'connections the kernel may hold ready',
  }),
  setting({
    name: 'tcp-keepalive',
    kind: duration('s', { max: 86_400_000 }),
    default: 300_000,
    changeable: true,
    doc: 'TCP keepalive of new connections; 0 is off',
  }),
  setting({
    name: 'protected-mode',
    kind: boolean(),
    default: true,
    changeable: true,
    doc: 'without a password, serve only clients of this machine',
  }),
  setting({
    name: 'requirepass',
    kind: secret('password'),
    default: '',
    changeable: true,
    doc: 'password of the default user; "" for none',
  }),
  setting({
    name: 'admin-port',
    kind: integer(PORT),
    default: 6381,
    doc: 'HTTP port of health, metrics and dashboard; 0 is off',
  }),
  setting({
    name: 'admin-bind',
    kind: address(),
    default: '127.0.0.1',
    doc: 'address of the admin port; with one that other machines can reach, admin-token must be set and is always asked for',
  }),
  setting({
    name: 'admin-token',
    kind: token(TOKEN_LENGTH_MIN),
    default: '',
    doc: 'what actions on the admin port need; "" makes one at each start, in the file admin.token in dir',
    isProtected: true,
  }),
  setting({
    name: 'admin-hosts',
    kind: words('names'),
    default: [],
    doc: 'names that the admin port may be asked by (Host), besides those of this machine',
  }),
  setting({
    name: 'name',
    kind: line('name'),
    default: '',
    doc: 'name of this node in logs, metrics and INFO; "" for the host name',
  }),
];
