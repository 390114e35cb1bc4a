import type { Reply } from '../../../protocol/reply-reader';
import { display } from '../render/bytes';
import { durationText } from '../render/humanise';
import { bufferOf, buffersOf, listOf } from '../replies';

/** A task as WARMTASK INFO and LIST tell of it. */
export type TaskFields = Map<string, number | Buffer | Buffer[] | Map<string, number | Buffer>>;

/** Fields that are lists of words; other lists are names and values. */
const LISTS = new Set(['keys', 'tags']);

export function taskIn(reply: Reply): TaskFields {
  const fields: TaskFields = new Map();
  for (const [name, value] of pairsIn(reply)) {
    if (Array.isArray(value)) fields.set(name, LISTS.has(name) ? buffersOf(value) : scalars(value));
    else fields.set(name, scalar(value));
  }
  return fields;
}

export function textIn(task: TaskFields, name: string): string {
  const value = task.get(name);
  return Buffer.isBuffer(value) ? display(value) : '';
}

function numberIn(task: TaskFields, name: string): number {
  const value = task.get(name);
  return typeof value === 'number' ? value : 0;
}

/** Of the run under way, or of the last one. */
export interface RunFields {
  /** -1: not known yet. */
  total: number;
  done: number;
  failed: number;
  etaMs: number;
  isOver: boolean;
  failure: string;
  counts: ReadonlyMap<string, number>;
}

/** Undefined: it never ran. */
export function runIn(task: TaskFields): RunFields | undefined {
  const run = task.get('run');
  if (!(run instanceof Map) || run.size === 0) return undefined;
  const counts = new Map([...run].filter((field): field is [string, number] => typeof field[1] === 'number'));
  const number = (name: string) => counts.get(name) ?? 0;
  const failure = run.get('failure');
  return {
    total: number('total'),
    done: number('done') + number('skipped'),
    failed: number('failed'),
    etaMs: number('eta_ms'),
    isOver: number('over') === 1,
    failure: Buffer.isBuffer(failure) ? display(failure) : '',
    counts,
  };
}

/** "running", "waiting (memory is full)" */
export function stateText(task: TaskFields): string {
  const held = textIn(task, 'held');
  return held === '' ? textIn(task, 'state') : `${textIn(task, 'state')} (${held})`;
}

/** When it runs: "every 1 h 0 min", "cron 0 6 * * *", "when asked". */
export function scheduleText(task: TaskFields): string {
  const cron = textIn(task, 'cron');
  if (cron !== '') return `cron ${cron}`;
  const everyMs = numberIn(task, 'every_ms');
  return everyMs > 0 ? `every ${durationText(everyMs)}` : 'when asked';
}

/** "120 of 300, 40 s left", "300 done, 2 failed" */
export function progressText(run: RunFields | undefined): string {
  if (run === undefined) return '-';
  const failed = run.failed > 0 ? `, ${run.failed} failed` : '';
  if (run.isOver) return `${run.done} done${failed}${run.failure === '' ? '' : `, ${run.failure}`}`;
  const left = run.etaMs >= 0 ? `, ${durationText(run.etaMs)} left` : '';
  return `${run.done} of ${run.total < 0 ? '?' : run.total}${failed}${left}`;
}

function pairsIn(reply: Reply): [string, Reply][] {
  const items = listOf(reply);
  const pairs: [string, Reply][] = [];
  for (let i = 0; i + 1 < items.length; i += 2) pairs.push([bufferOf(items[i]).toString('latin1'), items[i + 1]!]);
  return pairs;
}

function scalars(reply: Reply): Map<string, number | Buffer> {
  return new Map(pairsIn(reply).map(([name, value]) => [name, scalar(value)]));
}

function scalar(reply: Reply): number | Buffer {
  return typeof reply === 'number' ? reply : bufferOf(reply);
}
