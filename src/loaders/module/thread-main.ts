import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { failure, type LoadResult } from '../loader';
import type { ModuleDone, ModuleJob, ThreadData } from './messages';
import { resultOf } from './module-result';

/** The thread that runs one module of the operator's: jobs come one at a time, and a result goes back for each. */

/** The signal comes a little before the thread is ended, for those who listen to it. */
const SIGNAL_SHARE = 0.9;
const TEXT_LENGTH_MAX = 300;
const CHECK_MS = 5_000;

interface Asked {
  key: string;
  params: Readonly<Record<string, string>>;
}
type LoadOne = (asked: Asked & { signal: AbortSignal }) => unknown;
type LoadMany = (items: readonly Asked[], options: { signal: AbortSignal }) => unknown;

interface Functions {
  load: LoadOne | undefined;
  loadMany: LoadMany | undefined;
}

const { file } = workerData as ThreadData;
const starting: Promise<Functions | string> = import(pathToFileURL(file).href).then(functionsOf, describe);

/** Of an ES module, or of `module.exports`. */
function functionsOf(found: Record<string, unknown>): Functions {
  const inner = (found.default ?? {}) as Record<string, unknown>;
  const pick = (name: string) => [found[name], inner[name]].find((each) => typeof each === 'function');
  const load = pick('load') ?? (typeof inner === 'function' ? inner : undefined);
  return { load: load as LoadOne | undefined, loadMany: pick('loadMany') as LoadMany | undefined };
}

/** "SyntaxError: Unexpected token (line 3)"; the file is known to who reads it, another one's name is added. */
function describe(error: unknown): string {
  const { stack = '', name, message } = error instanceof Error ? error : new Error(String(error));
  const place = placeIn(stack) ?? (error instanceof SyntaxError ? placeIn(checkSyntax()) : undefined);
  const where =
    place === undefined ? '' : place.path === file ? ` (line ${place.line})` : ` (${place.path}, line ${place.line})`;
  return cut(`${name}: ${message.split('\n', 1)[0]}`) + where;
}

/** The first that is neither Node's own nor another's package. */
function placeIn(stack: string): { path: string; line: string } | undefined {
  for (const [, path = '', line = ''] of stack.matchAll(/(?<![\w:/.])(?:file:\/\/)?(\/[^\s()'"]+?):(\d+)/g)) {
    if (!path.includes('/node_modules/') && path !== __filename) return { path, line };
  }
  return undefined;
}

/** Of an ES module, Node keeps the place of a syntax error to itself; asked to check the file, it says it. */
function checkSyntax(): string {
  return spawnSync(process.execPath, ['--check', file], { timeout: CHECK_MS, encoding: 'utf8' }).stderr ?? '';
}

function cut(text: string): string {
  return text.slice(0, TEXT_LENGTH_MAX).replace(/[^\x20-\x7e]/g, '?');
}

async function run(job: ModuleJob): Promise<ModuleDone> {
  const functions = await starting;
  const broken = typeof functions === 'string' ? functions : lackOf(functions, job);
  if (broken !== undefined) {
    return { results: job.items.map(() => failure('module cannot be loaded', false)), isSpent: true, broken };
  }
  if (job.items.length === 0) return { results: [], isSpent: false };
  const { load, loadMany } = functions as Functions;
  const asked = job.items.map(({ key, params }) => ({ key, params: plain(params) }));
  const signal = AbortSignal.timeout(Math.ceil(job.deadlineMs * SIGNAL_SHARE));
  try {
    if (!job.isBatch) return checked([await load!({ ...asked[0]!, signal })], job);
    const returned = await loadMany!(asked, { signal });
    if (Array.isArray(returned) && returned.length === asked.length) return checked(returned, job);
    return all(job, failure('module gave another number of results than keys', false));
  } catch (error) {
    return { ...all(job, failure('module threw an error', true)), thrown: describe(error) };
  }
}

function lackOf({ load, loadMany }: Functions, { isBatch }: ModuleJob): string | undefined {
  if (isBatch) return loadMany === undefined ? "it has 'batch', but exports no function 'loadMany'" : undefined;
  return load === undefined ? "it exports no function 'load'" : undefined;
}

function checked(returned: readonly unknown[], { sizeBytesMax, answerBytesMax }: ModuleJob): ModuleDone {
  let sizeBytes = 0;
  let isSpent = false;
  const results = returned.map((each): LoadResult => {
    const result = resultOf(each, sizeBytesMax);
    if (result.kind === 'value') sizeBytes += result.value.length;
    else if (result.kind === 'failure' && result.reason.startsWith('response larger')) isSpent = true;
    return sizeBytes > answerBytesMax ? failure(`response larger than ${answerBytesMax} bytes`, false) : result;
  });
  const error = returned.find((each) => each instanceof Error);
  return {
    results,
    isSpent: isSpent || sizeBytes > answerBytesMax,
    ...(error !== undefined && { thrown: describe(error) }),
  };
}

function all({ items }: ModuleJob, result: LoadResult): ModuleDone {
  return { results: items.map(() => result), isSpent: false };
}

/** Without a prototype: a placeholder may have any name. */
function plain(params: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const out: Record<string, string> = Object.create(null);
  for (const [name, value] of params) out[name] = value;
  return out;
}

parentPort!.on('message', async (job: ModuleJob) => parentPort!.postMessage(await run(job)));
