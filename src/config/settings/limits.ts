import { duration, integer, size } from '../kinds';
import { setting } from '../setting';

const MB = 1024 ** 2;

export const LIMITS = [
  setting({
    name: 'maxclients',
    kind: integer({ min: 1, max: 1_000_000 }, 'connections'),
    default: 10_000,
    changeable: true,
    doc: 'connections at once; lowered at start to what the open-file limit allows',
  }),
  setting({
    name: 'timeout',
    kind: duration('s'),
    default: 0,
    changeable: true,
    doc: 'close a connection idle for so long; 0 is never',
  }),
  setting({
    name: 'request-deadline',
    kind: duration('s', { min: 100 }),
    default: 60_000,
    changeable: true,
    doc: 'a request once begun must be whole after so long',
  }),
  setting({
    name: 'auth-deadline',
    kind: duration('s', { min: 100 }),
    default: 30_000,
    changeable: true,
    doc: 'with a password set, authenticate within so long',
  }),
  setting({
    name: 'max-key-size',
    kind: size({ min: 1, max: 64 * 1024 }),
    default: 64 * 1024,
    changeable: true,
    doc: 'longest key',
  }),
  setting({
    name: 'max-value-size',
    kind: size({ min: 1024, max: 64 * MB }),
    default: 16 * MB,
    changeable: true,
    doc: 'longest value, from clients and from loaders',
  }),
  setting({
    name: 'proto-max-bulk-len',
    kind: size({ min: 64 * 1024, max: 512 * MB }),
    default: 64 * MB,
    changeable: true,
    doc: 'longest argument of a request',
  }),
  setting({
    name: 'client-query-buffer-limit',
    kind: size({ min: MB, max: 1024 * MB }),
    default: 128 * MB,
    changeable: true,
    doc: 'unread request bytes of one client',
  }),
  setting({
    name: 'client-output-pause-size',
    kind: size({ min: 16 * 1024 }),
    default: MB,
    changeable: true,
    doc: "with so many reply bytes unsent, a client's requests wait",
  }),
  setting({
    name: 'client-output-buffer-limit-hard',
    kind: size({ min: MB }),
    default: 64 * MB,
    changeable: true,
    doc: 'with so many reply bytes unsent, a client is closed at once',
  }),
  setting({
    name: 'client-output-buffer-limit-soft',
    kind: size({ min: 16 * 1024 }),
    default: 16 * MB,
    changeable: true,
    doc: 'with so many reply bytes unsent for soft-seconds, a client is closed',
  }),
  setting({
    name: 'client-output-buffer-limit-soft-seconds',
    kind: integer({ min: 0, max: 86_400 }, 'seconds'),
    default: 10,
    changeable: true,
    doc: 'see client-output-buffer-limit-soft',
  }),
];
