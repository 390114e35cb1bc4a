import type { Shape } from './arguments';
import type { Command } from './command';
import type { Table } from './table';

function join(...parts: string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

/** One argument as Redis's documentation writes it: `[NX | XX]`, `key [key ...]`, `DEPS numsources source [source ...]`. */
function shapeLine(shape: Shape): string {
  const { name = '', token = '', children = [] } = shape;
  const parts = children.map(shapeLine);
  let words: string;
  if (shape.type === 'pure-token') words = token;
  else if (shape.type === 'oneof')
    words = join(token, parts.length > 1 && !shape.optional ? `<${parts.join(' | ')}>` : parts.join(' | '));
  else if (shape.type === 'block') words = join(token, parts.join(' '));
  else words = join(token, name);
  if (shape.multiple) {
    const again = token === '' ? words : name;
    words = `${words} [${again} ...]`;
  }
  return shape.optional ? `[${words}]` : words;
}

/** `SET key value [NX | XX] ...`; a child of a container with both names. */
export function syntaxLine(command: Command): string {
  return join(command.fullName.toUpperCase().replace('|', ' '), ...command.shapes.map(shapeLine));
}

/** Commands, containers replaced by their children. */
export function* leaves(table: Table): Iterable<Command> {
  for (const command of table.list()) {
    if (command.children === undefined) yield command;
    else {
      if (command.arity === -1) yield command;
      yield* leaves(command.children);
    }
  }
}

/** Markdown rows for the README: syntax, what it does, since when. */
export function readmeTable(table: Table): string {
  const inCell = (text: string) => text.replaceAll('|', '\\|');
  const rows = [...leaves(table)].map(
    (command) => `| \`${inCell(syntaxLine(command))}\` | ${inCell(command.summary)} | ${command.group} |`,
  );
  return ['| command | what it does | group |', '|---|---|---|', ...rows].join('\n');
}

export interface Completion {
  /** Upper case, as 'CONFIG GET'. */
  readonly name: string;
  readonly syntax: string;
  readonly summary: string;
  /** Words that may follow, upper case. */
  readonly tokens: readonly string[];
}

function tokensOf(shapes: readonly Shape[]): string[] {
  return shapes.flatMap((shape) => [
    ...(shape.token === undefined ? [] : [shape.token]),
    ...tokensOf(shape.children ?? []),
  ]);
}

/** What a shell completes. */
export function completions(table: Table): Completion[] {
  return [...leaves(table)].map((command) => ({
    name: command.fullName.toUpperCase().replace('|', ' '),
    syntax: syntaxLine(command),
    summary: command.summary,
    tokens: tokensOf(command.shapes),
  }));
}
