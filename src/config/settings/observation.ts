import { duration, fixed, integer, oneOf } from '../kinds';
import { setting } from '../setting';

export const OBSERVATION = [
  setting({
    name: 'monitoring',
    kind: oneOf('on', 'off'),
    default: 'on',
    doc: 'whether latencies, templates, windows and minutes are measured; off is there to measure what that costs',
  }),
  setting({
    name: 'response-time-target-ms',
    kind: integer({ min: 1, max: 3_600_000 }, 'milliseconds'),
    default: 50,
    changeable: true,
    doc: 'p95 of commands that is still good; a higher one is an alert',
  }),
  setting({
    name: 'log-level',
    kind: oneOf('debug', 'info', 'warn', 'error'),
    default: 'info',
    changeable: true,
    doc: 'least level that is logged: debug, info, warn, error',
  }),
  setting({
    name: 'log-format',
    kind: oneOf('json', 'pretty'),
    default: 'json',
    doc: 'log lines for machines or for people',
  }),
  setting({
    name: 'slowlog-log-slower-than',
    kind: integer({ min: -1 }, 'microseconds'),
    default: 10_000,
    changeable: true,
    doc: 'commands that take longer enter the slow log; -1 is off, 0 is all',
  }),
  setting({
    name: 'slowlog-max-len',
    kind: integer({ min: 0, max: 100_000 }, 'commands'),
    default: 128,
    changeable: true,
    doc: 'length of the slow log',
  }),
  setting({
    name: 'latency-monitor-threshold',
    kind: duration('ms'),
    default: 0,
    changeable: true,
    doc: 'events that take longer are kept for LATENCY; 0 is off',
  }),
];

export const COMPATIBILITY = [
  setting({ name: 'databases', kind: integer({ min: 16, max: 16 }), default: 16, doc: 'numbered databases' }),
  setting({
    name: 'enable-debug-command',
    kind: oneOf('no', 'local', 'yes'),
    default: 'no',
    doc: 'who may use DEBUG: nobody, clients of this machine, everybody',
  }),
  setting({
    name: 'hz',
    kind: integer({ min: 1, max: 500 }),
    default: 10,
    changeable: true,
    doc: 'accepted for Redis tools, without effect',
  }),
  setting({
    name: 'save',
    kind: fixed('', 'the disk layer replaces snapshots'),
    default: '',
    changeable: true,
    doc: 'fixed answer: the disk layer replaces snapshots',
  }),
  setting({
    name: 'appendonly',
    kind: fixed('no', 'the disk layer replaces the append-only file'),
    default: 'no',
    changeable: true,
    doc: 'fixed answer: the disk layer replaces the append-only file',
  }),
  setting({
    name: 'replica-read-only',
    kind: fixed('yes', 'fixed'),
    default: 'yes',
    changeable: true,
    doc: 'fixed answer for clients that ask',
  }),
  setting({
    name: 'slave-read-only',
    kind: fixed('yes', 'fixed'),
    default: 'yes',
    changeable: true,
    doc: 'fixed answer for clients that ask',
  }),
  setting({
    name: 'notify-keyspace-events',
    kind: fixed('', 'not offered yet'),
    default: '',
    changeable: true,
    doc: 'fixed answer: keyspace events are not offered yet',
  }),
];
