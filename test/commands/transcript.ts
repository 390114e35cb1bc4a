import { parseShown, type Reply, readQuoted, sameReply, show } from './reply';

/** One connection to whatever is tested. */
export interface Connection {
  /** Sends one request (latin1 words) and gives its reply; undefined when the connection was closed instead. */
  ask(words: readonly string[]): Promise<Reply | undefined>;
  /** What comes without having been asked for. Absent where nothing does. */
  next?(): Promise<Reply | undefined>;
  close(): Promise<void>;
}

/** What transcripts are run against. */
export interface Target {
  readonly name: 'redis' | 'plain' | 'larder';
  connect(): Promise<Connection>;
  /** Moves time. Absent where time cannot be moved: a transcript stops there. */
  advance?(ms: number): void;
  /** Empties all databases. */
  empty(): Promise<void>;
}

type Step =
  | { kind: 'ask'; line: number; client: string; words: string[]; expected: string }
  | { kind: 'listen'; line: number; client: string; expected: string }
  | { kind: 'advance'; line: number; ms: number };

export interface Case {
  readonly title: string;
  readonly steps: readonly Step[];
  /** The only target that it is meant for; undefined: for all. */
  readonly only?: string;
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Splits a request line as redis-cli would: blanks, "double" with escapes, 'single'. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < line.length) {
    if (line[at] === ' ') at++;
    else if (line[at] === '"') {
      const { text, end } = readQuoted(line, at + 1);
      words.push(text);
      at = end;
    } else if (line[at] === "'") {
      const end = line.indexOf("'", at + 1);
      words.push(line.slice(at + 1, end));
      at = end + 1;
    } else {
      const word = /^[^ ]+/.exec(line.slice(at))![0];
      words.push(word);
      at += word.length;
    }
  }
  return words;
}

/** Cases of a transcript; see test/transcripts/README.md. */
export function parseTranscript(source: string, title = 'transcript'): Case[] {
  const cases: { title: string; steps: Step[]; only?: string }[] = [];
  const current = () => {
    if (cases.length === 0) cases.push({ title, steps: [] });
    return cases[cases.length - 1]!;
  };
  let fileOnly: string | undefined;
  source.split('\n').forEach((text, index) => {
    const line = index + 1;
    const ask = /^(\w*)> (.*)$/.exec(text);
    const listen = /^(\w*)< (.*)$/.exec(text);
    if (/^(#|\s*$)/.test(text)) return;
    if (text.startsWith('== ')) cases.push({ title: text.slice(3), steps: [], ...(fileOnly && { only: fileOnly }) });
    else if (text.startsWith('! only ')) {
      const only = text.split(' ')[2]!;
      if (cases.length === 0) fileOnly = only;
      else current().only = only;
    } else if (text.startsWith('@ ')) current().steps.push({ kind: 'advance', line, ms: durationOf(text) });
    else if (ask) {
      current().steps.push({ kind: 'ask', line, client: ask[1]!, words: splitWords(ask[2]!), expected: '' });
    } else if (listen) current().steps.push({ kind: 'listen', line, client: listen[1]!, expected: listen[2]! });
    else addExpected(current().steps, text, line);
  });
  return cases;
}

function addExpected(steps: Step[], text: string, line: number): void {
  const last = steps.at(-1);
  if (last?.kind !== 'ask') throw new Error(`line ${line}: a reply without a request: ${text}`);
  last.expected += last.expected === '' ? text : `\n${text}`;
}

function durationOf(text: string): number {
  const match = /^@ advance (\d+)(ms|s|m|h)$/.exec(text);
  if (match === null) throw new Error(`not understood: ${text}`);
  return Number(match[1]) * UNIT_MS[match[2]!]!;
}

/** Runs a case; throws with the line, the request, and both replies at the first difference. */
export async function runCase(target: Target, { steps }: Case): Promise<void> {
  await target.empty();
  const clients = new Map<string, Connection>();
  try {
    for (const step of steps) {
      if (step.kind === 'advance') {
        if (target.advance === undefined) return;
        target.advance(step.ms);
      } else {
        const client = clients.get(step.client) ?? (await target.connect());
        clients.set(step.client, client);
        if (step.kind === 'ask') check(step, step.words, await client.ask(step.words));
        else check(step, ['(listening)'], await client.next?.());
      }
    }
  } finally {
    for (const client of clients.values()) await client.close();
  }
}

function check(
  { line, expected }: { line: number; expected: string },
  words: readonly string[],
  given: Reply | undefined,
): void {
  const shown = given === undefined ? 'closed' : show(given);
  const pattern = /^\/(.*)\/$/s.exec(expected)?.[1];
  const isRight =
    pattern !== undefined
      ? new RegExp(pattern, 's').test(shown)
      : given === undefined || expected === 'closed'
        ? shown === expected
        : sameReply(parseShown(expected), given);
  if (isRight) return;
  const request = words.map((word) => JSON.stringify(word)).join(' ');
  throw new Error(`line ${line}: ${request}\n  expected ${expected}\n  given    ${shown}`);
}
