import type { Families, Family, Loaded, Staleness } from '../../src/engine/families';
import { failure, type LoadItem } from '../../src/loaders/loader';
import { familyOf, loadedBy } from '../engine/family';
import type { ManualWorld } from '../support/manual-world';
import { DATABASES_USED, type Model } from './model';
import type { Dice } from './random';

/** Keys with a loader, and what their template and their origin say. All fixed, so that the model knows it beforehand. */
export interface LoaderKey {
  name: string;
  templateTags: readonly string[];
  loadedTags: readonly string[];
  dependsOn: readonly string[];
  loadedSources: readonly string[];
  graceMs: number;
  ttlMs: number;
  staleness?: Staleness;
}

interface Load {
  name: string;
  beganAt: number;
}

/** Where the truth of loader keys is: one version a key, read at a random moment of a load that takes random time. */
export class Origin {
  private readonly version = new Map<string, number>();
  /** The tick at which a key was last touched by anything that excuses another load beside one under way. */
  readonly touchedAt = new Map<string, number>();
  private readonly underWay: Load[] = [];
  loads = 0;
  storm = '';
  slowMs = 20;

  constructor(
    readonly keys: ReadonlyMap<string, LoaderKey>,
    private readonly world: ManualWorld,
    private readonly dice: Dice,
    private readonly model: Model,
  ) {}

  readonly families: Families = {
    any: true,
    match: (key) => {
      const loader = this.keys.get(key);
      return loader === undefined ? null : this.familyOf(loader);
    },
  };

  textOf(name: string): string {
    return `${name}@${this.version.get(name) ?? 0}`;
  }

  /** The truth changes now: what was true before may be current until this tick. */
  change(name: string): void {
    const { model } = this;
    for (const db of model.dbs.keys()) {
      for (const written of model.key(db, name).written.values()) {
        if (written.until === Number.POSITIVE_INFINITY) written.until = model.tick;
      }
    }
    this.version.set(name, (this.version.get(name) ?? 0) + 1);
    this.publish(name);
  }

  publish(name: string): void {
    for (const db of this.model.dbs.keys()) {
      const until = Number.POSITIVE_INFINITY;
      this.model.write(this.model.key(db, name), this.textOf(name), until, until);
    }
  }

  graceMsOf(name: string): number {
    return this.keys.get(name)?.graceMs ?? 0;
  }

  touched(name: string): void {
    this.touchedAt.set(name, this.model.tick);
  }

  crash(): void {
    this.underWay.length = 0;
  }

  private familyOf(loader: LoaderKey): Family {
    return familyOf('l', {
      tags: loader.templateTags,
      dependsOn: loader.dependsOn,
      ttlMs: loader.ttlMs,
      graceMs: loader.graceMs,
      load: loadedBy(() => this.load(loader), {
        // Those without staleness of their own travel together.
        ...(loader.staleness === undefined ? { batchKeysMax: 3 } : { template: 1, staleness: loader.staleness }),
        item: { key: loader.name, params: new Map() },
        many: (items) => this.loadMany(items),
      }),
    });
  }

  /** Each key is read at a moment of its own. */
  private loadMany(items: readonly LoadItem[]): Promise<Loaded[]> {
    const failed = failure('the origin fails', true);
    return Promise.all(items.map(({ key }) => this.load(this.keys.get(key)!).catch(() => failed)));
  }

  /** Reads the truth at one moment, answers at a later one; fails now and then. */
  private load(loader: LoaderKey): Promise<Loaded> {
    const { dice, world, model } = this;
    const { name } = loader;
    const load = { name, beganAt: model.tick };
    const excuse = this.touchedAt.get(name) ?? -1;
    // One a database: the origin is not told which.
    const joinable = this.underWay.filter((other) => other.name === name && other.beganAt > excuse);
    if (joinable.length >= DATABASES_USED) this.storm = name;
    this.underWay.push(load);
    this.loads++;
    const readsAfterMs = dice.below(this.slowMs);
    const answersAfterMs = readsAfterMs + dice.below(this.slowMs);
    const fails = dice.oneIn(12);
    return new Promise((resolve, reject) => {
      let text = '';
      world.scheduler.after(readsAfterMs, () => {
        text = this.textOf(name);
      });
      world.scheduler.after(answersAfterMs, () => {
        this.underWay.splice(this.underWay.indexOf(load), 1);
        if (fails) reject(new Error('the origin fails'));
        else
          resolve({
            kind: 'value',
            value: Buffer.from(text, 'latin1'),
            tags: loader.loadedTags,
            sources: loader.loadedSources,
          });
      });
    });
  }
}
