import type { WarmTaskSpec } from '../config';
import type { Notes } from '../engine/rule-store';

const TASK_PREFIX = 'warm/task/';
const STATE_NOTE = 'warm/state';

/** What is kept of all tasks but for what they are. */
export interface TaskStates {
  /** All warming. */
  readonly isPaused: boolean;
  /** Ids of paused tasks. */
  readonly paused: readonly string[];
  /** Wall clock ms of the beginning of each task's last whole run. */
  readonly last: ReadonlyMap<string, number>;
}

const NO_STATES: TaskStates = { isPaused: false, paused: [], last: new Map() };

/** Where tasks that clients added, and how far all of them are, outlive the process; without notes they end with it. */
export class TaskStore {
  constructor(private readonly notes: Notes | null) {}

  /** False: there is no room, and nothing is kept. */
  save(spec: WarmTaskSpec): boolean {
    return this.notes?.saveNote(TASK_PREFIX + spec.id, Buffer.from(JSON.stringify(spec), 'utf8')) ?? true;
  }

  delete(id: string): void {
    this.notes?.deleteNote(TASK_PREFIX + id);
  }

  saveStates({ isPaused, paused, last }: TaskStates): void {
    const state = JSON.stringify({ isPaused, paused, last: [...last] });
    this.notes?.saveNote(STATE_NOTE, Buffer.from(state, 'utf8'));
  }

  /** What cannot be read is told to `bad` and left out. */
  async load(bad: (note: string) => void): Promise<{ specs: WarmTaskSpec[]; states: TaskStates }> {
    const specs: WarmTaskSpec[] = [];
    let states = NO_STATES;
    const reading = (name: string, read: () => void) => {
      try {
        read();
      } catch {
        bad(name);
      }
    };
    await this.notes?.loadNotes(TASK_PREFIX, (name, value) => reading(name, () => specs.push(savedSpec(value))));
    await this.notes?.loadNotes(STATE_NOTE, (name, value) =>
      reading(name, () => {
        states = savedStates(value);
      }),
    );
    return { specs, states };
  }
}

type Fields = Record<string, unknown>;

function savedSpec(note: Buffer): WarmTaskSpec {
  const read = JSON.parse(note.toString('utf8')) as Fields;
  const text = (name: string) => must(typeof read[name] === 'string', read[name] as string);
  const number = (name: string) => must(Number.isFinite(read[name]), read[name] as number);
  const optional = (name: string) => (read[name] === undefined ? undefined : number(name));
  const texts = (name: string) => must(areTexts(read[name]), read[name] as string[]);
  return {
    id: text('id'),
    name: text('name'),
    db: number('db'),
    keys: texts('keys'),
    template: text('template'),
    list: text('list'),
    priority: number('priority'),
    ttlMs: optional('ttlMs'),
    everyMs: optional('everyMs'),
    cron: read.cron === undefined ? undefined : text('cron'),
    timezone: text('timezone'),
    onStart: read.onStart === true,
    rate: optional('rate'),
    tags: texts('tags'),
    force: read.force === true,
  };
}

function savedStates(note: Buffer): TaskStates {
  const { isPaused, paused, last } = JSON.parse(note.toString('utf8')) as Fields;
  const isPair = (each: unknown) => Array.isArray(each) && typeof each[0] === 'string' && Number.isFinite(each[1]);
  must(areTexts(paused) && Array.isArray(last) && last.every(isPair), null);
  return {
    isPaused: isPaused === true,
    paused: paused as string[],
    last: new Map(last as [string, number][]),
  };
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function must<T>(holds: boolean, value: T): T {
  if (!holds) throw new Error('not what was saved');
  return value;
}
