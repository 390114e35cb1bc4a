import type { Context } from '../context';
import type { Args, Parsed, Shape } from './arguments';
import { type KeySpec, keySpecsOf, legacyRange } from './key-specs';
import type { Outcome } from './outcome';
import { type ParseRules, Parser } from './parse';
import { Table } from './table';
import type { Argument } from './wire';

export type CommandGroup =
  | 'connection'
  | 'string'
  | 'hash'
  | 'set'
  | 'sorted-set'
  | 'list'
  | 'generic'
  | 'server'
  | 'cluster'
  | 'pubsub'
  | 'transactions'
  | 'scripting'
  | 'larder';

/** Redis's names. */
export type CommandFlag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'pubsub'
  | 'noscript'
  | 'blocking'
  | 'loading'
  | 'stale'
  | 'fast'
  | 'no_auth'
  | 'allow_busy'
  | 'no_multi'
  | 'skip_slowlog'
  | 'skip_monitor'
  | 'no_mandatory_keys'
  | 'movablekeys';

interface About {
  /** Lower case. */
  readonly name: string;
  readonly group: CommandGroup;
  readonly since: string;
  /** One sentence without a full stop. */
  readonly summary: string;
  readonly complexity?: string;
  readonly flags: readonly CommandFlag[];
  /** ACL categories in place of the group's own, without '@'; flags imply theirs as well. */
  readonly categories?: readonly string[];
  readonly tips?: readonly string[];
  readonly deprecated?: { readonly since: string; readonly replacedBy: string };
  /** A transcript (see test/transcripts/README.md) that a test runs. */
  readonly examples?: string;
}

/**
 * Handles a request without parsing it, or leaves it to `run` by returning false. Called with the right number of words
 * only. It writes nothing before it returns false.
 */
export type Fast = (ctx: Context, args: readonly Argument[], argc: number) => Outcome | boolean;

export interface Declaration<A extends Args> extends About, ParseRules {
  /** Positional arguments in their order, then options, which may come in any order and any case. */
  readonly args?: A;
  /** Shown in COMMAND INFO beside the keys. */
  readonly keyNotes?: string;
  run(ctx: Context, args: Parsed<A>): Outcome;
  readonly fast?: Fast;
  /** For HELP of its container: what it does, in lines. */
  readonly help?: readonly string[];
}

export interface ContainerDeclaration extends About {
  readonly children: readonly Command[];
  /** What the command does without a subcommand, if anything. */
  run?(ctx: Context): Outcome;
  readonly help?: readonly string[];
}

/** A command with all that is derived from its declaration. */
export interface Command extends About {
  /** 'get', or 'config|get' for a child of a container. */
  readonly fullName: string;
  /** As in COMMAND INFO: negative means at least so many words. */
  readonly arity: number;
  /** With '@', derived ones included. */
  readonly acl: readonly string[];
  readonly shapes: readonly Shape[];
  readonly keySpecs: readonly KeySpec[];
  readonly keys: { readonly first: number; readonly last: number; readonly step: number };
  readonly children?: Table;
  readonly help: readonly string[];
  readonly fast?: Fast;
  execute(ctx: Context, args: readonly Argument[], argc: number): Outcome;
  /** The same command as a child of `parent`. */
  under(parent: string): Command;
}

const CATEGORIES_OF_GROUP: Record<CommandGroup, readonly string[]> = {
  generic: ['keyspace'],
  string: ['string'],
  hash: ['hash'],
  set: ['set'],
  'sorted-set': ['sortedset'],
  list: ['list'],
  connection: ['connection'],
  server: [],
  cluster: [],
  pubsub: [],
  transactions: ['transaction'],
  scripting: ['scripting'],
  larder: ['larder'],
};

/** As Redis lists them. */
const CATEGORY_ORDER = [
  ...['keyspace', 'read', 'write', 'set', 'sortedset', 'list', 'hash', 'string', 'larder', 'pubsub', 'admin'],
  ...['fast', 'slow', 'blocking', 'dangerous', 'connection', 'transaction', 'scripting'],
];

function aclOf(about: About): string[] {
  const { flags } = about;
  const acl = new Set<string>(about.categories ?? CATEGORIES_OF_GROUP[about.group]);
  if (flags.includes('write')) acl.add('write');
  // What a script reads is up to the script.
  if (flags.includes('readonly') && about.group !== 'scripting') acl.add('read');
  for (const flag of ['admin', 'pubsub', 'blocking'] as const) if (flags.includes(flag)) acl.add(flag);
  acl.add(flags.includes('fast') ? 'fast' : 'slow');
  if (flags.includes('admin')) acl.add('dangerous');
  const inOrder = [...acl].sort((a, b) => CATEGORY_ORDER.indexOf(a) - CATEGORY_ORDER.indexOf(b));
  return inOrder.map((category) => `@${category}`);
}

function shapesOf(args: Args, specOf: ReadonlyMap<string, number>): Shape[] {
  return Object.entries(args).flatMap(([name, arg]) => {
    const { shape } = arg;
    if (arg.kind === 'positional' && arg.shapes !== undefined) {
      const spec = specOf.get(name);
      return arg.shapes.map((each) => (spec === undefined ? each : withSpec(each, spec)));
    }
    if (shape === undefined) return [];
    const spec = specOf.get(name);
    const whole = { name, ...shape };
    return [spec === undefined ? whole : withSpec(whole, spec)];
  });
}

/** Shapes of keys with the number of their specification, which COMMAND DOCS shows. */
export interface KeyShape extends Shape {
  readonly keySpec: number;
}

function withSpec(shape: Shape, keySpec: number): Shape {
  if (shape.type === 'key') return { ...shape, keySpec } as KeyShape;
  return shape.children === undefined
    ? shape
    : { ...shape, children: shape.children.map((child) => withSpec(child, keySpec)) };
}

/** Declares a command; everything else about it is derived. */
export function command<const A extends Args = Record<never, never>>(declaration: Declaration<A>): Command {
  return derive(declaration as unknown as Declaration<Args>, undefined);
}

function derive(declaration: Declaration<Args>, parent: string | undefined): Command {
  const { args = {}, fast, run, help = [declaration.summary], keyNotes, ...about } = declaration;
  const words = parent === undefined ? 1 : 2;
  const fullName = parent === undefined ? about.name : `${parent}|${about.name}`;
  const parser = new Parser(args, about);
  const { specs, ofArgument } = keySpecsOf(args, words, keyNotes);
  const movable = specs.some(({ begin, find }) => 'keyword' in begin || 'keyNumIndex' in find);
  const least = words + parser.least;
  return {
    ...about,
    flags: movable ? [...about.flags, 'movablekeys'] : about.flags,
    fullName,
    arity: parser.fixed ? least : -least,
    acl: aclOf(about),
    shapes: shapesOf(args, ofArgument),
    keySpecs: specs,
    keys: legacyRange(specs),
    help,
    ...(fast && { fast }),
    execute: (ctx, words_, argc) => run(ctx, parser.parse(words_, argc, words, fullName)),
    under: (name) => derive(declaration, name),
  };
}

/** A command of subcommands. HELP is derived. */
export function container(declaration: ContainerDeclaration): Command {
  const { children, run, help = [], ...about } = declaration;
  const table = new Table();
  for (const child of children) table.add(child.under(about.name));
  table.add(helpOf(declaration, table).under(about.name));
  const whole: Command = {
    ...about,
    fullName: about.name,
    arity: run === undefined ? -2 : -1,
    // What only holds others can do nothing by itself.
    acl: aclOf(run === undefined ? { ...about, categories: [] } : about),
    shapes: [],
    keySpecs: [],
    keys: { first: 0, last: 0, step: 0 },
    children: table,
    help,
    execute: (ctx) => run?.(ctx),
    under: () => whole,
  };
  return whole;
}

function helpOf({ name, group, since, categories, help, run }: ContainerDeclaration, table: Table): Command {
  return command({
    name: 'help',
    group,
    since,
    summary: 'Show helpful text about the different subcommands',
    complexity: 'O(1)',
    flags: ['loading', 'stale'],
    ...(categories && { categories }),
    help: ['Prints this help.'],
    run(ctx) {
      const lines = [`${name.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
      if (run !== undefined) lines.push('(no subcommand)', ...(help ?? []).map((line) => `    ${line}`));
      for (const child of table.list()) lines.push(helpLine(child), ...child.help.map((line) => `    ${line}`));
      ctx.out.array(lines.length);
      for (const line of lines) ctx.out.simple(line);
    },
  });
}

function helpLine(child: Command): string {
  return [child.name.toUpperCase(), ...child.shapes.map((shape) => angled(shape))].join(' ');
}

/** An argument as Redis's HELP shows it: `<key>`, `[SAMPLES <count>]`. */
function angled(shape: Shape): string {
  const { name = '', token, children } = shape;
  let text = token ?? '';
  if (shape.type === 'oneof') text = [text, (children ?? []).map(angled).join('|')].filter(Boolean).join(' ');
  else if (shape.type === 'block') text = [text, ...(children ?? []).map(angled)].filter(Boolean).join(' ');
  else if (shape.type !== 'pure-token') text = [text, `<${name}>`].filter(Boolean).join(' ');
  if (shape.multiple) text += shape.optional ? ' ...' : ` [${text} ...]`;
  return shape.optional ? `[${text}]` : text;
}
