import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const PROMPT = '127.0.0.1:6380> ';
const SHELL = '$ node bin/cachectl ';
const TOUR = '## A tour of five minutes';
const ANSWER_MS = 10_000;

/** What a reader does, in order: types a line and compares, keeps a file, or does something to the server. */
export type Step =
  | { kind: 'redis' | 'cachectl'; typed: string; shown: string[]; line: number }
  | { kind: 'file'; text: string; line: number }
  | { kind: 'act'; what: string; line: number };

/** The tour's steps. Lines are counted from 1 in the whole text. */
export function stepsOf(readme: string): Step[] {
  const lines = readme.split('\n');
  const first = lines.indexOf(TOUR);
  if (first < 0) throw new Error(`README.md has no heading '${TOUR}'`);
  const rest = lines.findIndex((line, i) => i > first && line.startsWith('## '));
  const last = rest < 0 ? lines.length : rest;
  const steps: Step[] = [];
  let keeping = false;
  for (let i = first; i < last; i++) {
    const [, what] = /^<!-- tour: (.*) -->$/.exec(lines[i]!) ?? [];
    if (what === 'this file') keeping = true;
    else if (what !== undefined) steps.push({ kind: 'act', what, line: i + 1 });
    if (!/^```\w/.test(lines[i]!)) continue;
    const end = lines.indexOf('```', i + 1);
    if (lines[i] === '```console') steps.push(...conversation(lines.slice(i + 1, end), i + 2));
    else if (keeping) steps.push({ kind: 'file', text: lines.slice(i + 1, end).join('\n'), line: i + 2 });
    keeping = false;
    i = end;
  }
  return steps;
}

function conversation(lines: readonly string[], line: number): Step[] {
  const steps: { kind: 'redis' | 'cachectl'; typed: string; shown: string[]; line: number }[] = [];
  for (const [i, text] of lines.entries()) {
    const at = line + i;
    if (text.startsWith(PROMPT)) steps.push({ kind: 'redis', typed: text.slice(PROMPT.length), shown: [], line: at });
    else if (text.startsWith(SHELL))
      steps.push({ kind: 'cachectl', typed: text.slice(SHELL.length), shown: [], line: at });
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
