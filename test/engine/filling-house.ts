import { type Bytes, bytesOf, copyOf } from '../../src/base/bytes';
import type { Value } from '../../src/engine/api';
import type { Engine } from '../../src/engine/engine';
import type { Family, FamilyLoad, FamilySource, Loaded } from '../../src/engine/families';
import type { FillLimits } from '../../src/engine/filling/limits';
import { failure } from '../../src/loaders/loader';
import { type ManualWorld, manualWorld } from '../support/manual-world';
import { type BuildOptions, buildEngine } from './build';
import { familyOf, loadedBy, loadedValue } from './family';

/** A call that a source has been asked, until the test answers it. */
export interface OpenCall {
  readonly keys: readonly string[];
  readonly validator: string | undefined;
  /** One result a key, in their order. */
  answer(...results: (Loaded | string)[]): Promise<void>;
}

export interface HouseOptions extends BuildOptions {
  fill?: Partial<FillLimits>;
  sources?: readonly FamilySource[];
  family?: Partial<Family>;
  load?: Partial<FamilyLoad>;
}

/** An engine, and sources that answer when the test says so. The key's first letters say its family: `a:1` is of source `a`. */
export class FillingHouse {
  readonly world: ManualWorld;
  readonly engine: Engine;
  /** The open ones, oldest first. */
  readonly calls: OpenCall[] = [];
  /** All keys that were ever asked for. */
  readonly asked: string[] = [];

  constructor({ sources, family = {}, load = {}, ...options }: HouseOptions = {}, seed = 1) {
    this.world = manualWorld(seed);
    const match = (key: string) => {
      const [source = '', rest] = key.split(':');
      if (rest === undefined || source === 'plain') return null;
      return familyOf(`${source}:{id}`, { ttlMs: 1_000, ...family, load: this.loadOf(source, key, load) });
    };
    this.engine = buildEngine(this.world, { families: { any: true, match, ...(sources && { sources }) }, ...options });
    this.engine.start();
  }

  private loadOf(source: string, key: string, more: Partial<FamilyLoad>): FamilyLoad {
    return {
      ...loadedBy(() => new Promise(() => undefined)),
      source,
      template: source.charCodeAt(0),
      item: { key, params: new Map() },
      one: (_call, validator) => this.call([key], validator).then(([result]) => result!),
      many: (items) => this.call(items.map((item) => item.key)),
      ...more,
    };
  }

  private call(keys: readonly string[], validator?: string): Promise<Loaded[]> {
    this.asked.push(...keys);
    return new Promise((resolve) => {
      const call: OpenCall = {
        keys,
        validator,
        answer: (...results) => {
          this.calls.splice(this.calls.indexOf(call), 1);
          const all = results.map((result) => (typeof result === 'string' ? loadedValue(result) : result));
          resolve(keys.map((_key, i) => all[Math.min(i, all.length - 1)]!));
          return this.settle();
        },
      };
      this.calls.push(call);
    });
  }

  /** Lets promises and turns go on as far as they come. */
  async settle(): Promise<void> {
    for (let i = 0; i < 12; i++) {
      for (let j = 0; j < 12; j++) await Promise.resolve();
      this.world.scheduler.turn();
    }
  }

  async advance(ms: number): Promise<void> {
    this.world.scheduler.advance(ms);
    await this.settle();
  }

  /** The oldest open call. */
  get call1(): OpenCall {
    const call = this.calls[0];
    if (call === undefined) throw new Error('no call is open');
    return call;
  }

  get(key: string): Promise<string | null> {
    return text(() => this.engine.get(0, bytesOf(key)));
  }

  mget(...keys: string[]): Promise<(string | null)[]> {
    const all = async () => this.engine.getMany(0, keys.map(bytesOf), true);
    return kept(all().then((values) => values.map((value) => value && copyOf(value).toString())));
  }

  fetch(key: string, options: { fresh?: boolean; maxAgeMs?: number } = {}): Promise<string | null> {
    return text(() => this.engine.fetch(0, bytesOf(key), options));
  }

  quiet(key: string, more: object = {}) {
    return this.engine.quiet.loadQuietly({ db: this.engine.core.dbs.of(0), key: bytesOf(key), ...more });
  }

  /** Loads the key's value. */
  async fill(key: string, value: Loaded | string): Promise<void> {
    const read = this.get(key);
    await this.settle();
    await this.call1.answer(value);
    await read;
  }

  get counters() {
    return this.engine.core.counters;
  }

  source(name: string) {
    return this.engine.quiet.sourceStates().find((state) => state.name === name)!;
  }

  async end(): Promise<void> {
    await this.settle();
    this.world.scheduler.settle();
    this.engine.audit();
  }
}

export const DOWN = failure('connection refused', true);

/** A rejection that the test looks at later is no accident. */
function kept<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

async function read(of: () => Value | null | Promise<Value | null>): Promise<string | null> {
  const value = await of();
  return value === null ? null : copyOf(value).toString();
}

function text(of: () => Value | null | Promise<Value | null>): Promise<string | null> {
  return kept(read(of));
}

export function key(name: string): Bytes {
  return bytesOf(name);
}
