import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** One line of a case's table. */
export interface Row {
  figure: string;
  subject: string;
  /** The same from the server it is compared with; '' where it has no such thing. */
  pair?: string;
  ratio?: string;
  /** What it must be; rows without are for information. */
  bar?: { text: string; met: boolean };
}

export interface CaseResult {
  rows: Row[];
  /** Further tables, for what has more than two sides. */
  tables?: { head: string[]; lines: string[][] }[];
  notes: string[];
}

/** What a section says besides its table. */
export interface Circumstances {
  name: string;
  title: string;
  command: string;
  subject: string;
  pair: string;
  redisVersion: string;
  date: string;
}

const HEAD = `# Results

Written by \`npm run bench\`; each case replaces its own section. Figures of one row were measured in the same run, both
servers on the same machine, in turn. How, and how to repeat it: README.md here.
`;

const begin = (name: string) => `<!-- case ${name} -->`;
const end = (name: string) => `<!-- end ${name} -->`;

export function table(result: CaseResult, subject: string, pair: string): string {
  const cells = result.rows.map(({ figure, subject: mine, pair: theirs = '', ratio = '', bar }) => {
    return [figure, mine, theirs, ratio, bar?.text ?? '', bar === undefined ? '' : bar.met ? 'met' : '**missed**'];
  });
  const lines = [['figure', subject, pair, 'ratio (min–max)', 'bar', ''], Array(6).fill('---'), ...cells];
  const further = (result.tables ?? []).map((each) => markdown([each.head, each.head.map(() => '---'), ...each.lines]));
  return [markdown(lines), ...further].join('\n\n');
}

/** A table; the second line is its rule. */
export function markdown(lines: readonly string[][]): string {
  return lines.map((line) => `| ${line.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

export function machine(): string {
  const processor = `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores`;
  return `${processor}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}

export function section(about: Circumstances, result: CaseResult): string {
  return [
    `## ${about.name}: ${about.title}`,
    '',
    `${about.date}, ${machine()}, redis-server ${about.redisVersion}: \`${about.command}\``,
    '',
    table(result, about.subject, about.pair),
    ...(result.notes.length > 0 ? ['', ...result.notes.map((note) => `- ${note}`)] : []),
  ].join('\n');
}

/** The document with this case's section put in, in the order of `names`; all other sections stay as they are. */
export function withSection(document: string, names: readonly string[], name: string, text: string): string {
  const sections = new Map<string, string>();
  for (const match of document.matchAll(/<!-- case (\S+) -->\n([\s\S]*?)\n<!-- end \1 -->/g)) {
    sections.set(match[1]!, match[2]!);
  }
  sections.set(name, text);
  const order = [...names, ...[...sections.keys()].filter((other) => !names.includes(other))];
  const parts = order.flatMap((each) => {
    const body = sections.get(each);
    return body === undefined ? [] : [`${begin(each)}\n${body}\n${end(each)}`];
  });
  return `${[HEAD, ...parts].join('\n')}\n`;
}

export function writeSection(file: string, names: readonly string[], name: string, text: string): void {
  const document = existsSync(file) ? readFileSync(file, 'utf8') : '';
  writeFileSync(file, withSection(document, names, name, text));
}
