import { lengthOf } from '../../base/bytes';
import { Fault } from '../../base/fault';
import type { EntryInfo, Value } from '../../engine/api';
import { TYPE_STRING } from '../../layers/layer';
import type { Context, Outcome } from '../context';
import { key } from '../framework/arguments';
import { type Command, command, container } from '../framework/command';
import { parseInteger } from '../framework/numbers';
import type { Argument } from '../framework/wire';
import { currentValue, located } from '../values';

const SWITCHING =
  'Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';
const NO_FREQUENCY = new Fault(
  `ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${SWITCHING}`,
);
const NO_IDLE_TIME = new Fault(`ERR An LFU maxmemory policy is selected, idle time not tracked. ${SWITCHING}`);
/** Redis keeps strings up to here in one piece with their header. */
const EMBEDDED_BYTES_MAX = 44;

function keepsFrequency(ctx: Context): boolean {
  return ctx.node.settings.get('maxmemory-policy')?.endsWith('-lfu') ?? false;
}

export function encodingOf(value: Value): string {
  if (parseInteger(value) !== undefined) return 'int';
  return lengthOf(value) <= EMBEDDED_BYTES_MAX ? 'embstr' : 'raw';
}

interface Child {
  name: string;
  since: string;
  summary: string;
  help: readonly string[];
  write(ctx: Context, info: EntryInfo): void;
}

function child({ name, since, summary, help, write }: Child): Command {
  return introspection(name, since, summary, help, (ctx, key) =>
    located(ctx, key, (slot) => (slot === 0 ? ctx.out.nil() : write(ctx, ctx.engine.info(slot)))),
  );
}

function introspection(
  name: string,
  since: string,
  summary: string,
  help: readonly string[],
  answer: (ctx: Context, key: Argument) => Outcome,
): Command {
  return command({
    name,
    group: 'generic',
    since,
    summary,
    help,
    complexity: 'O(1)',
    flags: ['readonly'],
    tips: ['nondeterministic_output'],
    args: { key: key('RO') },
    run: (ctx, { key }) => answer(ctx, key),
  });
}

const encoding = introspection(
  'encoding',
  '2.2.3',
  'Inspect the internal encoding of an object',
  ['Return the kind of internal representation used in order to store the value', 'associated with a <key>.'],
  (ctx, key) =>
    currentValue(ctx, key, (value) => {
      const { engine, out } = ctx;
      if (value === null) return out.nil();
      if (value.type === TYPE_STRING) return out.bulkText(encodingOf(value));
      // It is in memory now, or there was no room for it.
      return located(ctx, key, (slot) => out.bulkText(engine.collections.encodingOf(slot) ?? 'hashtable'));
    }),
);

const freq = child({
  name: 'freq',
  since: '4.0.0',
  summary: 'Get the logarithmic access frequency counter of an object',
  help: [
    'Return the access frequency index of the <key>. The returned integer is',
    'proportional to the logarithm of the recent access frequency of the key.',
  ],
  write(ctx, info) {
    if (!keepsFrequency(ctx)) throw NO_FREQUENCY;
    ctx.out.integer(info.hits);
  },
});

const idletime = child({
  name: 'idletime',
  since: '2.2.3',
  summary: 'Get the time since an object was last accessed',
  help: [
    'Return the idle time of the <key>, that is the approximated number of',
    'seconds elapsed since the last access to the key.',
  ],
  write(ctx, info) {
    if (keepsFrequency(ctx)) throw NO_IDLE_TIME;
    ctx.out.integer(Math.floor(info.idleSeconds));
  },
});

const refcount = child({
  name: 'refcount',
  since: '2.2.3',
  summary: 'Get the number of references to the value of the key',
  help: ['Return the number of references of the value associated with the specified', '<key>.'],
  write: (ctx) => ctx.out.integer(1),
});

export const object = container({
  name: 'object',
  group: 'generic',
  since: '2.2.3',
  summary: 'A container for object introspection commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  children: [encoding, freq, idletime, refcount],
  examples: `
> MSET n 42 s short
+OK
> OBJECT ENCODING n
"int"
> OBJECT ENCODING s
"embstr"
`,
});
