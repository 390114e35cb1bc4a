import { latin1Of } from '../../src/base/bytes';
import type { WarmTaskSpec } from '../../src/config';
import { Background } from '../../src/engine/background';
import type { QuietLoad, QuietLoads, QuietOutcome, SourceState } from '../../src/engine/quiet-loads';
import type { LoadFailure } from '../../src/loaders';
import { rowOf } from '../../src/loaders/list-rows';
import type { WarmHouse } from '../../src/warming/house';
import { Warming, type WarmLimits } from '../../src/warming/warming';
import { type ManualWorld, manualWorld } from '../support/manual-world';

export interface FakeSource {
  /** What a load of the key comes to. */
  answer(key: string): QuietOutcome;
  tookMs: number;
  state: Partial<SourceState>;
}

const STATE: SourceState = {
  name: '',
  kind: 'http',
  breaker: 'closed',
  retryInMs: 0,
  running: 0,
  quietRunning: 0,
  waiting: 0,
  calls: 0,
  keys: 0,
  failures: 0,
  refused: 0,
  coalesced: 0,
  meanMs: 0,
  p50Ms: 0,
  p99Ms: 0,
  capacityPerSecond: 0,
  lastFailure: '',
};

/**
 * An engine that only loads, in a world whose time a test moves. A key's source is its first segment (`api:1`); keys that
 * begin with `no` have none. What is loaded is there from then on.
 */
export class FakeHouse implements WarmHouse, QuietLoads {
  readonly world: ManualWorld;
  readonly quiet = this;
  readonly sources = new Map<string, FakeSource>();
  /** Moments of all calls, in order. */
  readonly calls: { key: string; atMs: number; load: QuietLoad }[] = [];
  readonly entries = new Map<string, { hits: number }>();
  /** Keys of one call, by source. */
  readonly batches = new Map<string, number>();
  running = 0;
  runningMost = 0;

  constructor(world = manualWorld()) {
    this.world = world;
  }

  source(name: string): FakeSource {
    let source = this.sources.get(name);
    if (source === undefined) this.sources.set(name, (source = { answer: () => 'loaded', tookMs: 5, state: {} }));
    return source;
  }

  loadQuietly(load: QuietLoad): Promise<QuietOutcome> {
    const key = latin1Of(load.key);
    if (this.entries.has(key) && load.force !== true) return Promise.resolve('fresh');
    const source = this.source(key.split(':')[0]!);
    const outcome = source.answer(key);
    if (outcome === 'busy' || outcome === 'full') return Promise.resolve(outcome);
    this.calls.push({ key, atMs: this.world.clock.now, load: { ...load } });
    this.runningMost = Math.max(this.runningMost, ++this.running);
    return new Promise((done) => {
      this.world.scheduler.after(source.tookMs, () => {
        this.running--;
        if (outcome === 'loaded') this.entries.set(key, { hits: 0 });
        done(outcome);
      });
    });
  }

  sourceStates(): SourceState[] {
    return [...this.sources].map(([name, { state }]) => ({ ...STATE, name, ...state }));
  }

  physicalOf(db: number): number {
    return db;
  }
  sourceOf(key: string): string | undefined {
    return key.startsWith('no') ? undefined : key.split(':')[0];
  }
  batchOf(key: string) {
    const source = key.split(':')[0]!;
    const template = [...this.sources.keys()].indexOf(source);
    return { template, keysMax: this.batches.get(source) ?? 1 };
  }
  hitsOf(_db: number, key: { buf: Buffer; start: number; end: number }): number | undefined {
    return this.entries.get(latin1Of(key))?.hits;
  }
  held(_db: number, cursor: number, each: (key: string) => void): number {
    const keys = [...this.entries.keys()];
    for (const key of keys.slice(cursor, cursor + 2)) each(key);
    return cursor + 2 < keys.length ? cursor + 2 : 0;
  }

  keysCalled(): string[] {
    return this.calls.map(({ key }) => key);
  }

  /** Most calls in any second, of one source or all. */
  callsInAnySecond(source = ''): number {
    const times = this.calls.filter(({ key }) => key.startsWith(source)).map(({ atMs }) => atMs);
    return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
  }
}

export const LIMITS: WarmLimits = {
  queueMax: 10_000,
  tasksMax: 100,
  listMax: 1_000,
  jitterMs: 0,
  deadlineMs: 1_000,
  concurrencyMax: 4,
  share: 0.2,
  rateMin: 100,
};

const TEMPLATES = new Map([['api:{id}', { placeholders: ['id'], keyOf: keyOf('api:', 'id') }]]);

function keyOf(prefix: string, name: string) {
  return (params: ReadonlyMap<string, string>) => (params.has(name) ? prefix + params.get(name)! : null);
}

export const task = (id: string, more: Partial<WarmTaskSpec> = {}): WarmTaskSpec => ({
  id,
  name: '',
  db: 0,
  keys: [],
  template: '',
  list: '',
  priority: 0,
  ttlMs: undefined,
  everyMs: undefined,
  cron: undefined,
  timezone: '',
  onStart: false,
  rate: undefined,
  tags: [],
  force: false,
  ...more,
});

export class MemoryNotes {
  readonly notes = new Map<string, Buffer>();
  saveNote(name: string, value: Buffer): boolean {
    this.notes.set(name, value);
    return true;
  }
  deleteNote(name: string): void {
    this.notes.delete(name);
  }
  async loadNotes(prefix: string, each: (name: string, value: Buffer) => void): Promise<void> {
    for (const [name, value] of this.notes) if (name.startsWith(prefix)) each(name, value);
  }
}

export interface FakeNode {
  house: FakeHouse;
  warming: Warming;
  notes: MemoryNotes;
  /** What the list `ids` answers; a failure instead of rows is one. */
  list: { rows: unknown[] | LoadFailure; asked: number[] };
  /** Moves time on, ten milliseconds at a time, with all that becomes due. */
  advance(ms: number): Promise<void>;
}

export interface FakeNodeOptions {
  tasks?: readonly WarmTaskSpec[];
  limits?: Partial<WarmLimits>;
  notes?: MemoryNotes;
  world?: ManualWorld;
}

/** Warming over a fake house, opened. */
export async function fakeNode(options: FakeNodeOptions = {}): Promise<FakeNode> {
  const { tasks = [], limits = {}, notes = new MemoryNotes(), world = manualWorld() } = options;
  const house = new FakeHouse(world);
  const background = new Background(world.clock, world.scheduler, () => 0);
  const list: FakeNode['list'] = { rows: [], asked: [] };
  const warming = new Warming({
    world,
    house,
    background,
    limits: { ...LIMITS, ...limits },
    tasks,
    known: {
      template: (match) => {
        const found = TEMPLATES.get(match);
        return found && { ...found, loads: true };
      },
      templates: [...TEMPLATES.keys()],
      lists: ['ids'],
      databases: 16,
    },
    lists: new Map([
      [
        'ids',
        {
          source: 'api',
          async list(_deadlineMs: number, each: (row: ReturnType<typeof rowOf>) => boolean) {
            list.asked.push(world.clock.now);
            if (!Array.isArray(list.rows)) return list.rows;
            for (const row of list.rows) if (!each(rowOf(row))) break;
            return { kind: 'rows' as const, rows: list.rows.length };
          },
        },
      ],
    ]),
    template: (match) => TEMPLATES.get(match),
  });
  await warming.open(notes);
  background.start();
  return {
    house,
    warming,
    notes,
    list,
    async advance(ms) {
      for (let passed = 0; passed < ms; passed += 10) {
        world.scheduler.advance(10);
        await settle(world);
      }
    },
  };
}

/** Turns of the loop, and what promises do between them. */
async function settle(world: ManualWorld): Promise<void> {
  for (let i = 0; i < 3; i++) {
    world.scheduler.turn();
    for (let j = 0; j < 6; j++) await Promise.resolve();
  }
}
