import { Fault } from '../../base/fault';
import { CompileError } from '../../scripting/machine';
import type { Script } from '../../scripting/scripts';
import type { Context, Outcome } from '../context';
import { integer, type Positional, text } from '../framework/arguments';
import { command } from '../framework/command';
import type { Argument } from '../framework/wire';
import { runScript } from './running';

const NO_SCRIPT = new Fault('NOSCRIPT No matching script. Please use EVAL.');
const TOO_MANY_KEYS = new Fault("ERR Number of keys can't be greater than number of args");
const NEGATIVE_KEYS = new Fault("ERR Number of keys can't be negative");
const SHA_CHARS = 40;

interface Words {
  readonly keys: Argument[];
  readonly argv: Argument[];
}

/** `numkeys [key ...] [arg ...]`. */
function keysAndArguments(...use: ('RO' | 'RW' | 'access' | 'update')[]): Positional<Words> {
  const count = integer();
  return {
    kind: 'positional',
    least: 1,
    rest: true,
    keysCounted: use,
    shapes: [
      { name: 'numkeys', type: 'integer' },
      { name: 'key', type: 'key', use, optional: true, multiple: true },
      { name: 'arg', type: 'string', optional: true, multiple: true },
    ],
    read(input) {
      const n = count.read(input);
      if (n > input.argc - input.at) throw TOO_MANY_KEYS;
      if (n < 0) throw NEGATIVE_KEYS;
      const words = input.args.slice(input.at, input.argc);
      input.at = input.argc;
      return { keys: words.slice(0, n), argv: words.slice(n) };
    },
  };
}

function bytesOf({ buf, start, end }: Argument): Buffer {
  return buf.subarray(start, end);
}

/** Throws Fault where the text is no script. */
export function scriptOf(ctx: Context, code: Argument): Script {
  try {
    return ctx.node.scripts.byCode(bytesOf(code));
  } catch (failure) {
    throw failure instanceof CompileError ? new Fault(failure.message) : failure;
  }
}

function knownScript(ctx: Context, sha: string): Script {
  const script = sha.length === SHA_CHARS ? ctx.node.scripts.bySha(sha.toLowerCase()) : undefined;
  if (script === undefined) throw NO_SCRIPT;
  return script;
}

function run(ctx: Context, script: Script, { keys, argv }: Words, isReadOnly: boolean): Outcome {
  return runScript(ctx, { script, keys, argv, isReadOnly: isReadOnly || script.isReadOnly });
}

const ABOUT = {
  group: 'scripting',
  complexity: 'Depends on the script that is executed.',
} as const;
const NOTES = 'We cannot tell how the keys will be used so we assume the worst, ';
const FLAGS = ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys'] as const;
const ANY = keysAndArguments('RW', 'access', 'update');
const READ = keysAndArguments('RO', 'access');
const code: Positional<Argument> = {
  kind: 'positional',
  least: 1,
  rest: false,
  shape: { name: 'script', type: 'string' },
  read: (input) => input.args[input.at++]!,
};

export const evalCommand = command({
  ...ABOUT,
  name: 'eval',
  since: '2.6.0',
  summary: 'Execute a Lua script server side',
  flags: FLAGS,
  keyNotes: `${NOTES}RW and UPDATE`,
  args: { script: code, words: ANY },
  examples: `
> EVAL "return redis.call('SET', KEYS[1], ARGV[1])" 1 k v
+OK
> EVAL "return {KEYS[1], redis.call('GET', KEYS[1]), 3.99}" 1 k
["k", "v", :3]
`,
  run: (ctx, { script, words }) => run(ctx, scriptOf(ctx, script), words, false),
});

export const evalRo = command({
  ...ABOUT,
  name: 'eval_ro',
  since: '7.0.0',
  summary: 'Execute a read-only Lua script server side',
  flags: [...FLAGS, 'readonly'],
  keyNotes: `${NOTES}RO and ACCESS`,
  args: { script: code, words: READ },
  examples: `
> EVAL_RO "return redis.call('GET', KEYS[1])" 1 k
nil
`,
  run: (ctx, { script, words }) => run(ctx, scriptOf(ctx, script), words, true),
});

export const evalsha = command({
  ...ABOUT,
  name: 'evalsha',
  since: '2.6.0',
  summary: 'Execute a Lua script server side by its SHA1',
  flags: FLAGS,
  args: { sha1: text('sha1'), words: ANY },
  examples: `
> SCRIPT LOAD "return 1"
"e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
> EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
:1
> EVALSHA 0000000000000000000000000000000000000000 0
-NOSCRIPT No matching script. Please use EVAL.
`,
  run: (ctx, { sha1, words }) => run(ctx, knownScript(ctx, sha1), words, false),
});

export const evalshaRo = command({
  ...ABOUT,
  name: 'evalsha_ro',
  since: '7.0.0',
  summary: 'Execute a read-only Lua script server side by its SHA1',
  flags: [...FLAGS, 'readonly'],
  args: { sha1: text('sha1'), words: READ },
  examples: `
> EVALSHA_RO 0000000000000000000000000000000000000000 0
-NOSCRIPT No matching script. Please use EVAL.
`,
  run: (ctx, { sha1, words }) => run(ctx, knownScript(ctx, sha1), words, true),
});
