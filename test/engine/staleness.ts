import { bytesOf, copyOf } from '../../src/base/bytes';
import type { LeaseAnswer, Value } from '../../src/engine/api';
import type { Engine } from '../../src/engine/engine';
import type { Families, Loaded } from '../../src/engine/families';
import { type ManualWorld, manualWorld } from '../support/manual-world';
import { type BuildOptions, buildEngine } from './build';
import { familiesOf, familyOf, loadedBy } from './family';

/** Filled by clients, and by a loader. */
export const KEYS = ['c0', 'l0'];
export const CLIENTS = [1, 2];
export const WAYS = ['key', 'tag', 'all', 'source', 'sourceKey', 'sourceTag', 'flush', 'set', 'del'] as const;

/** Fills of several readers of one connection, that may be taken for each other, are fenced if none takes longer. */
const FILL_MS_MAX = 5_000;

interface Fill {
  key: string;
  client: number;
  /** Version read at the origin. */
  version: number;
  beganAtMs: number;
  token?: string;
}

/**
 * An origin with a version for each key, clients that fill from it, and the one rule: whoever asks after a write was
 * acknowledged is never given an older version. Nothing here knows how the engine keeps it.
 */
export class StalenessWorld {
  readonly world: ManualWorld = manualWorld(5);
  readonly engine: Engine;
  readonly versions = new Map(KEYS.map((key) => [key, 1]));
  readonly floors = new Map(KEYS.map((key) => [key, 0]));
  fills: Fill[] = [];
  readonly loads: { key: string; version: number; answer(loaded: Loaded): void }[] = [];
  readonly violations: string[] = [];
  hits = 0;
  stored = 0;

  constructor(options: BuildOptions = {}) {
    this.engine = buildEngine(this.world, { families: this.families(), loadsMax: 2, ...options });
    this.engine.start();
  }

  private families(): Families {
    return familiesOf('l', (key) =>
      familyOf('l{id}', {
        tags: [`t:${key}`, 'all'],
        dependsOn: [`s:${key}`],
        ttlMs: 60_000,
        load: loadedBy(
          () => new Promise((answer) => this.loads.push({ key, version: this.versions.get(key)!, answer })),
        ),
      }),
    );
  }

  /** Lets promises go on as far as they come. */
  async settle(): Promise<void> {
    for (let i = 0; i < 40; i++) await Promise.resolve();
  }

  // --- what clients do -------------------------------------------------------------------------------------------------

  get(client: number, key: string): void {
    const floor = this.floors.get(key)!;
    const use = (value: Value | null) => {
      this.check(`GET ${key}`, key, value, floor);
      if (value !== null) return;
      this.engine.missed(client, 0, bytesOf(key));
      this.begin(key, client);
    };
    const found = this.engine.get(0, bytesOf(key));
    if (found instanceof Promise) found.then(use, () => undefined);
    else use(found);
  }

  lease(client: number, key: string, ttlMs: number, waitMs: number): void {
    const floor = this.floors.get(key)!;
    const use = ({ state, value, token }: LeaseAnswer) => {
      if (state === 'hit') this.check(`LEASE ${key}`, key, value, floor);
      if (state === 'won') this.begin(key, client, token!);
    };
    const found = this.engine.lease(client, 0, bytesOf(key), ttlMs, waitMs);
    if (found instanceof Promise) found.then(use, () => undefined);
    else use(found);
  }

  private begin(key: string, client: number, token?: string): void {
    const fill = { key, client, version: this.versions.get(key)!, beganAtMs: this.world.clock.now };
    this.fills.push(token === undefined ? fill : { ...fill, token });
  }

  /** One of the clients has computed what it read. */
  store(which: number): void {
    const now = this.world.clock.now;
    this.fills = this.fills.filter((fill) => fill.token !== undefined || fill.beganAtMs + FILL_MS_MAX > now);
    const [fill] = this.fills.splice(which % Math.max(1, this.fills.length), 1);
    if (fill === undefined) return;
    const { key, version, client, token } = fill;
    const common = { ...tiesOf(key), client, isFill: true };
    const options = token === undefined ? common : { ...common, lease: token };
    if (this.engine.set(0, bytesOf(key), bytesOf(String(version)), options)) this.stored++;
  }

  answerLoad(which: number): void {
    const [load] = this.loads.splice(which % Math.max(1, this.loads.length), 1);
    load?.answer({ kind: 'value', value: Buffer.from(String(load.version)), tags: [`own:${load.key}`] });
  }

  gone(client: number): void {
    this.fills = this.fills.filter((fill) => fill.client !== client);
    this.engine.clientGone(client);
  }

  // --- writes at the origin, and what tells the cache --------------------------------------------------------------------

  write(key: string, way: (typeof WAYS)[number]): void {
    const { engine } = this;
    const reached = way === 'all' || way === 'flush' ? KEYS : [key];
    for (const each of reached) this.versions.set(each, this.versions.get(each)! + 1);
    const wanted = reached.map((each) => [each, this.versions.get(each)!] as const);
    const acknowledged = () => {
      for (const [each, version] of wanted) this.floors.set(each, Math.max(this.floors.get(each)!, version));
    };
    const done = this.tell(engine, key, way);
    if (done instanceof Promise) done.then(acknowledged, () => undefined);
    else acknowledged();
  }

  private tell(engine: Engine, key: string, way: (typeof WAYS)[number]): unknown {
    switch (way) {
      case 'key':
        return engine.invalidateKeys(0, [bytesOf(key)]);
      case 'tag':
        return engine.invalidateTags([key.startsWith('l') ? `own:${key}` : `t:${key}`]);
      case 'all':
        return engine.invalidateTags(['all']);
      case 'source':
        return engine.set(0, bytesOf(`s:${key}`), bytesOf('x'), { tags: ['sources'] });
      case 'sourceKey':
        return engine.invalidateKeys(0, [bytesOf(`s:${key}`)]);
      case 'sourceTag':
        return this.tellBySourceTag(engine, key);
      case 'flush':
        return engine.flush(0);
      case 'set':
        return engine.set(0, bytesOf(key), bytesOf(String(this.versions.get(key)!)), tiesOf(key));
      case 'del':
        return engine.remove(0, bytesOf(key));
    }
  }

  /** Says something only if the source is there: a source that is not has no tags. */
  private tellBySourceTag(engine: Engine, key: string): unknown {
    if (engine.locate(0, bytesOf(`s:${key}`)) === 0) return engine.invalidateKeys(0, [bytesOf(key)]);
    const others = KEYS.filter((other) => other !== key && engine.locate(0, bytesOf(`s:${other}`)) !== 0);
    for (const other of others) engine.remove(0, bytesOf(`s:${other}`));
    return engine.invalidateTags(['sources']);
  }

  private check(what: string, key: string, value: Value | null, floor: number): void {
    if (value === null) return;
    this.hits++;
    const version = Number(copyOf(value).toString());
    if (version < floor) this.violations.push(`${what}: version ${version}, but ${floor} was acknowledged before`);
    if (version > this.versions.get(key)!) this.violations.push(`${what}: version ${version} was never written`);
  }
}

function tiesOf(key: string) {
  return { tags: [`t:${key}`, 'all', `own:${key}`], sources: [`s:${key}`] };
}
