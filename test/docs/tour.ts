import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const PROMPT = '127.0.0.1:6380> ';
const SHELL = '$ node bin/cachectl ';
const TOUR = '## A tour of five minutes';
const ANSWER_MS = 60_000;
/** Printed behind a reply, to know that it is whole. */
const END = '--- end of the reply ---';
const TOKEN = /\b[0-9a-f]{32}\b/;

export interface Said {
  kind: 'redis' | 'cachectl';
  typed: string;
  shown: string[];
  line: number;
  /** The terminal that stays open for it; another one for each line otherwise. */
  terminal: string | undefined;
}

/** What a reader does, in order: types a line and compares, keeps a file, or does something to the server. */
export type Step = Said | { kind: 'file'; text: string; line: number } | { kind: 'act'; what: string; line: number };

/** The tour's steps. Lines are counted from 1 in the whole text. */
export function stepsOf(readme: string): Step[] {
  const lines = readme.split('\n');
  const first = lines.indexOf(TOUR);
  if (first < 0) throw new Error(`README.md has no heading '${TOUR}'`);
  const rest = lines.findIndex((line, i) => i > first && line.startsWith('## '));
  const last = rest < 0 ? lines.length : rest;
  const steps: Step[] = [];
  let keeping = false;
  let terminal: string | undefined;
  for (let i = first; i < last; i++) {
    const [, what] = /^<!-- tour: (.*) -->$/.exec(lines[i]!) ?? [];
    if (what === 'this file') keeping = true;
    else if (what?.endsWith(' terminal')) terminal = what;
    else if (what !== undefined) steps.push({ kind: 'act', what, line: i + 1 });
    if (!/^```\w/.test(lines[i]!)) continue;
    const end = lines.indexOf('```', i + 1);
    if (lines[i] === '```console') steps.push(...conversation(lines.slice(i + 1, end), i + 2, terminal));
    else if (keeping) steps.push({ kind: 'file', text: lines.slice(i + 1, end).join('\n'), line: i + 2 });
    keeping = false;
    terminal = undefined;
    i = end;
  }
  return steps;
}

function conversation(lines: readonly string[], line: number, terminal: string | undefined): Said[] {
  const steps: Said[] = [];
  const say = (kind: Said['kind'], typed: string, at: number) =>
    steps.push({ kind, typed, shown: [], line: at, terminal });
  for (const [i, text] of lines.entries()) {
    const at = line + i;
    if (text.startsWith(PROMPT)) say('redis', text.slice(PROMPT.length), at);
    else if (text.startsWith(SHELL)) say('cachectl', text.slice(SHELL.length), at);
    else if (steps.length === 0) throw new Error(`README.md:${at}: a reply without a command`);
    else steps.at(-1)!.shown.push(text);
  }
  return steps;
}

/** A line of three dots stands for any lines, also for none. */
export function agrees(shown: readonly string[], said: readonly string[]): boolean {
  const [head, ...tail] = shown;
  if (head === undefined) return said.length === 0;
  if (head !== '...') return said[0] === head && agrees(tail, said.slice(1));
  for (let skip = 0; skip <= said.length; skip++) if (agrees(tail, said.slice(skip))) return true;
  return false;
}

/** What redis-cli shows on a terminal for one typed line. */
export function redisCli(port: number, typed: string): Promise<string[]> {
  return new Promise((done, fail) => {
    const child = spawn('redis-cli', ['--no-raw', '-p', String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
    let text = '';
    const timer = setTimeout(() => child.kill(), ANSWER_MS);
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    child.once('error', fail);
    child.once('close', () => {
      clearTimeout(timer);
      done(linesOf(text));
    });
    child.stdin.end(`${typed}\n`);
  });
}

/** Several redis-cli, each by its name, that stay open: a lease ends with the connection that has it. */
export class Terminals {
  private readonly open = new Map<string, ChildProcessWithoutNullStreams>();

  constructor(private readonly port: number) {}

  async type(name: string, typed: string): Promise<string[]> {
    let child = this.open.get(name);
    if (child === undefined) {
      child = spawn('redis-cli', ['--no-raw', '-p', String(this.port)]);
      this.open.set(name, child);
    }
    child.stdin.write(`${typed}\nECHO "${END}"\n`);
    return linesOf(await textBeforeEnd(child));
  }

  close(): void {
    for (const child of this.open.values()) child.stdin.end();
    this.open.clear();
  }
}

/** What `child` prints before END. */
function textBeforeEnd(child: ChildProcessWithoutNullStreams): Promise<string> {
  return new Promise((done, fail) => {
    let text = '';
    const stop = (settle: () => void) => {
      clearTimeout(timer);
      child.stdout.off('data', hear);
      settle();
    };
    const timer = setTimeout(() => stop(() => fail(new Error(`redis-cli: no answer, only ${text}`))), ANSWER_MS);
    const hear = (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const end = text.indexOf(`"${END}"`);
      if (end >= 0) stop(() => done(text.slice(0, end)));
    };
    child.stdout.on('data', hear);
    child.once('error', fail);
  });
}

/** Tokens are others each time: those of the README, by what stands for them this time. */
export class Tokens {
  private readonly given = new Map<string, string>();

  /** Takes down the tokens of `said` that stand where `shown` has some. */
  learn(shown: readonly string[], said: readonly string[]): void {
    for (const [i, line] of shown.entries()) {
      const [theirs] = TOKEN.exec(line) ?? [];
      const [ours] = TOKEN.exec(said[i] ?? '') ?? [];
      if (theirs !== undefined && ours !== undefined && !this.given.has(theirs)) this.given.set(theirs, ours);
    }
  }

  /** The text with the tokens of this time. */
  in(text: string): string {
    return text.replace(TOKEN, (token) => this.given.get(token) ?? token);
  }
}

export function cachectl(port: number, typed: string): Promise<string[]> {
  const args = [join(ROOT, 'bin', 'cachectl'), '-p', String(port), ...typed.split(' ')];
  return new Promise((done) => {
    execFile(process.execPath, args, { timeout: ANSWER_MS }, (_, out, err) => done(linesOf(out + err)));
  });
}

function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trimEnd());
  while (lines.at(-1) === '') lines.pop();
  return lines;
}
