import { bytesOf, copyOf } from '../../src/base/bytes';
import { Fault } from '../../src/base/fault';
import type { Value } from '../../src/engine/api';
import type { Engine } from '../../src/engine/engine';
import { DiskLayer } from '../../src/layers/disk/disk-layer';
import { buildEngine } from '../engine/build';
import { type ManualWorld, manualWorld } from '../support/manual-world';
import { DATABASES_USED, type Key, Model } from './model';
import { type LoaderKey, Origin } from './origin';
import { Dice, mixSeed } from './random';
import { SimDisk } from './sim-disk';

/** What a schedule found. */
export class Violation extends Error {}

export const VALUE_KEYS = ['v0', 'v1', 'v2', 'v3', 'v4', 'v5'] as const;
export const TAGS = ['red', 'green', 'blue', 'lt0', 'lt1', 'dt0', 'dt1'] as const;
export const FREE_TAGS = ['red', 'green', 'blue'] as const;
/** Graces that clients give. */
export const GRACES_MS = [20, 200] as const;
export const GRACE_MS_MAX = 200;
const FOR_EVER = { ttlMs: 0, graceMs: 0 };
const LOADER_KEYS: readonly LoaderKey[] = [
  { name: 'l0', templateTags: ['lt0'], loadedTags: [], dependsOn: [], loadedSources: [], ...FOR_EVER },
  {
    name: 'l1',
    templateTags: ['lt1'],
    loadedTags: ['dt1'],
    dependsOn: [],
    loadedSources: [],
    ttlMs: 40,
    graceMs: 30,
    staleness: { refreshAhead: { kind: 'share', share: 0.5 }, softTimeoutMs: 4 },
  },
  { name: 'l2', templateTags: ['lt0', 'red'], loadedTags: ['dt0'], dependsOn: ['v0'], loadedSources: [], ...FOR_EVER },
  { name: 'l3', templateTags: [], loadedTags: ['dt1'], dependsOn: [], loadedSources: ['v1'], ttlMs: 0, graceMs: 200 },
];
const NONE: readonly string[] = [];
const TICK_MS = 10;
const ACTIONS_MAX = 40;

/** The shape of a schedule, drawn from its seed. */
export interface Shape {
  steps: number;
  /** Small: values do not all fit. */
  maxMemoryBytes: number;
  isAmple: boolean;
  disk: 'none' | 'process' | 'power';
  padBytesMax: number;
  slowDiskMs: number;
  slowLoadMs: number;
  diskTroubleOneIn: number;
  journalBytesMax: number;
  batchOpsMax: number;
  pageRowsMax: number;
  loadsMax: number;
  idleTagsMax: number;
  settleAtOnceLinks: number;
  windowMs: number;
  fenceKeysMax: number;
  /** The action of this number happens much more often; none if there is none. */
  favourite: number;
  /** Actions of these numbers do not happen: what is rare among all is common among few. */
  without: readonly number[];
}

export function shapeOf(seed: number): Shape {
  const dice = new Dice(mixSeed(seed, -1));
  const isAmple = dice.oneIn(2);
  return {
    steps: 60 + dice.below(120),
    isAmple,
    maxMemoryBytes: isAmple ? 64 << 20 : 60_000 + dice.below(60_000),
    disk: dice.pick(['none', 'process', 'process', 'process', 'process', 'power'] as const),
    padBytesMax: isAmple ? 40 : 16_000,
    slowDiskMs: dice.pick([0, 1, 4, 15]),
    slowLoadMs: dice.pick([2, 20, 60]),
    diskTroubleOneIn: dice.oneIn(3) ? 8 : 0,
    journalBytesMax: dice.pick([200, 2_000, 1 << 20]),
    batchOpsMax: dice.pick([1, 4, 64]),
    pageRowsMax: dice.pick([1, 3, 128]),
    loadsMax: dice.pick([1, 8]),
    idleTagsMax: dice.pick([1, 3, 1000, 1000]),
    settleAtOnceLinks: dice.pick([1, 1000]),
    windowMs: dice.pick([0, 0, 0, 5]),
    fenceKeysMax: dice.pick([1, 3, 256]),
    favourite: dice.below(2 * ACTIONS_MAX),
    without: dice.some([...Array(ACTIONS_MAX).keys()], dice.pick([0, 0.3, 0.6])),
  };
}

/** A value that a client is making, under a lease or after a miss. */
export interface Fill {
  readonly client: number;
  readonly db: number;
  readonly name: string;
  /** Of the lease; null: after a miss. */
  readonly token: string | null;
  /** After this the fence does not hold, or the lease, clock ms. */
  readonly untilMs: number;
  /** When it began. */
  readonly tick: number;
  /** Nothing was under way then. */
  readonly quiet: boolean;
  /** What was read at the origin, and when; null until then. */
  read: { text: string; tick: number } | null;
}

/** One request that was asked and not yet answered. */
export interface Request {
  readonly tick: number;
  readonly askedAtMs: number;
  /** Keys that it may change. */
  readonly touches: Set<Key>;
  readonly isRead: boolean;
}

/** One node, its clients, its disk and its origin, all in one virtual time. */
export class Driver {
  readonly world: ManualWorld;
  readonly model: Model;
  readonly origin: Origin;
  readonly disk: SimDisk;
  readonly names = [...VALUE_KEYS, ...LOADER_KEYS.map(({ name }) => name)];
  engine!: Engine;
  dice: Dice;
  layer: DiskLayer | null = null;
  reads = 0;
  hits = 0;
  restarts = 0;
  faults = 0;
  /** What the schedule did, newest last. */
  readonly story: string[] = [];
  /** Values that clients are making. */
  fills: Fill[] = [];
  /** Clients that ever were. */
  clients = 10;
  private readonly underWay = new Set<Request>();
  /** Replies of this turn: what their acknowledgement means. */
  private gathered: [Request, () => void][] = [];
  private held = 0;
  private life = 0;
  private values = 0;
  private fault: unknown;
  private readonly padding = Buffer.alloc(16_000, 'x').toString('latin1');

  constructor(
    readonly seed: number,
    readonly shape: Shape,
    private readonly tells: boolean,
  ) {
    this.world = manualWorld(mixSeed(seed, -2));
    this.dice = new Dice(mixSeed(seed, 0));
    const loaders = new Map(LOADER_KEYS.map((key) => [key.name, key]));
    this.model = new Model(this.names, (name) => {
      const loader = loaders.get(name);
      if (loader === undefined) return { tags: NONE, sources: NONE };
      const tags = [...loader.templateTags, ...loader.loadedTags];
      return { tags, sources: [...loader.dependsOn, ...loader.loadedSources] };
    });
    this.origin = new Origin(loaders, this.world, new Dice(mixSeed(seed, -3)), this.model);
    this.origin.slowMs = shape.slowLoadMs;
    for (const { name } of LOADER_KEYS) this.origin.publish(name);
    const moods = { slowMs: shape.slowDiskMs, troubleOneIn: shape.diskTroubleOneIn };
    this.disk = new SimDisk(this.world, new Dice(mixSeed(seed, -4)), moods);
  }

  get isAmple(): boolean {
    return this.shape.isAmple;
  }

  get hasRequests(): boolean {
    return this.underWay.size > 0;
  }

  get hasChanges(): boolean {
    for (const { isRead } of this.underWay) if (!isRead) return true;
    return false;
  }

  tell(text: () => string): void {
    if (this.tells) this.story.push(text());
  }

  /** Softly invalidated, its value stays for a grace. */
  isGraced(name: string): boolean {
    return this.origin.graceMsOf(name) > 0;
  }

  isLoader(name: string): boolean {
    return this.origin.keys.has(name);
  }

  // --- life ------------------------------------------------------------------------------------------------------------

  async start(): Promise<void> {
    const { shape, world, disk } = this;
    this.layer = null;
    if (shape.disk !== 'none') {
      this.layer = new DiskLayer({
        dir: disk.dir,
        journalDir: disk.dir,
        world,
        durability: shape.disk,
        bootId: 'one boot',
        journalIo: disk.io,
        makeLink: disk.makeLink,
        journalBytesMax: shape.journalBytesMax,
        batchOpsMax: shape.batchOpsMax,
        pageRowsMax: shape.pageRowsMax,
        heatPageRowsMax: 2,
        epochBlock: 50,
      });
    }
    const { maxMemoryBytes, loadsMax, idleTagsMax, settleAtOnceLinks, windowMs, fenceKeysMax } = shape;
    this.engine = buildEngine(world, {
      maxMemoryBytes,
      loadsMax,
      windowMs,
      fenceKeysMax,
      tagLimits: { idleTagsMax, settleAtOnceLinks },
      families: this.origin.families,
      disk: this.layer,
    });
    const opened = this.engine.openDisk();
    await this.until(opened);
    if (this.layer !== null && this.engine.core.disk === null) throw new Violation('the disk layer did not open');
    this.engine.start();
  }

  /** As by kill -9: everything in memory is gone, nothing more is answered. */
  async crash(): Promise<void> {
    this.life++;
    this.restarts++;
    this.engine.background.stop();
    this.disk.crash();
    this.world.scheduler.clear();
    this.origin.crash();
    for (const request of this.underWay) unknown(request);
    for (const [request] of this.gathered) unknown(request);
    this.forgetRequests();
    this.model.tick++;
    this.model.crashed(this.shape.disk !== 'none');
    await this.start();
  }

  /** As by SIGTERM: what waits is written, and the file closed in order. */
  async restart(): Promise<void> {
    await this.settle();
    this.restarts++;
    await this.until(this.engine.stop(60_000));
    if (this.layer !== null && !(await this.until(this.layer.close(true)))) throw new Violation('not closed in order');
    this.life++;
    this.world.scheduler.clear();
    this.origin.crash();
    this.forgetRequests();
    this.model.tick++;
    this.model.crashed(this.shape.disk !== 'none');
    await this.start();
  }

  private forgetRequests(): void {
    this.underWay.clear();
    this.gathered = [];
    this.held = 0;
    this.lastHeld = Promise.resolve();
    this.fills = [];
  }

  // --- requests --------------------------------------------------------------------------------------------------------

  /**
   * Asks the engine and, when the answer is there, keeps what it means for the acknowledgement: `answered` is called in the
   * moment of the answer, and what it returns when the reply is written. A Fault is a reply too: nothing is acknowledged.
   */
  ask<T>(
    isRead: boolean,
    touches: readonly Key[],
    call: () => T | Promise<T>,
    answered: (answer: T, request: Request, atOnce: boolean) => (() => void) | undefined,
  ): void {
    const request: Request = {
      tick: this.model.tick,
      askedAtMs: this.world.clock.now,
      touches: new Set(touches),
      isRead,
    };
    const { life } = this;
    let answer: T | Promise<T>;
    try {
      answer = call();
    } catch (fault) {
      this.refused(fault, request);
      return;
    }
    if (!(answer instanceof Promise)) {
      this.reply(request, answered(answer, request, true));
      return;
    }
    this.underWay.add(request);
    for (const key of touches) {
      key.uncertain++;
      if (key.holding !== null) key.holding.sure = false;
    }
    const end = () => {
      this.underWay.delete(request);
      for (const key of touches) key.uncertain--;
    };
    answer.then(
      (given) => {
        if (life !== this.life) return;
        end();
        try {
          this.reply(request, answered(given, request, false));
        } catch (violation) {
          this.fault ??= violation;
        }
      },
      (fault: unknown) => {
        if (life !== this.life) return;
        end();
        try {
          this.refused(fault, request);
        } catch (violation) {
          this.fault ??= violation;
        }
      },
    );
  }

  private reply(request: Request, meaning: (() => void) | undefined): void {
    this.gathered.push([request, meaning ?? (() => {})]);
  }

  private refused(fault: unknown, request: Request): void {
    if (!(fault instanceof Fault)) throw fault;
    this.faults++;
    this.tell(() => `  fault: ${String(fault)}`);
    for (const key of request.touches) key.holding = null;
  }

  /** The end of a turn of the loop: durable first, then the replies are written. */
  async endTurn(): Promise<void> {
    const { life } = this;
    if (this.gathered.length > 0) {
      const batch = this.gathered;
      this.gathered = [];
      const written = () => {
        if (life !== this.life) return;
        for (const [, meaning] of batch) meaning();
      };
      const durable = this.engine.commit();
      if (durable === undefined && this.held === 0) written();
      else {
        const waiting: Request = { tick: 0, askedAtMs: 0, touches: new Set(), isRead: false };
        for (const [{ touches }] of batch) for (const key of touches) waiting.touches.add(key);
        this.underWay.add(waiting);
        this.held++;
        const before = this.lastHeld;
        this.lastHeld = Promise.all([before, durable]).then(() => {
          if (life !== this.life) return;
          this.held--;
          this.underWay.delete(waiting);
          written();
        });
      }
    }
    await this.drain();
  }

  private lastHeld: Promise<void> = Promise.resolve();
  private checks: (() => void)[] = [];
  private lore: (() => void)[] = [];

  /** Something for the model to learn before anything of this moment is judged; may be called again. */
  learn(what: () => void): void {
    this.lore.push(what);
  }

  /** Judges when everything that happened in the same moment is known to the model. */
  judge(check: () => void): void {
    this.checks.push(check);
  }

  // --- time ------------------------------------------------------------------------------------------------------------

  /** All that promises have to say is said. */
  async drain(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.fault !== undefined) throw this.fault;
    const lore = this.lore.splice(0);
    // One may need what another one brings, and they came in any order.
    for (let i = 0; i < lore.length; i++) for (const learn of lore) learn();
    for (const check of this.checks.splice(0)) check();
    if (this.origin.storm !== '') throw new Violation(`a load of ${this.origin.storm} beside one that could be joined`);
  }

  async pass(ms: number): Promise<void> {
    if (ms > 0) this.world.scheduler.advance(ms);
    this.world.scheduler.turn();
    await this.drain();
  }

  /** Time goes on until the promise settles. */
  async until<T>(promise: T | Promise<T>): Promise<T> {
    if (!(promise instanceof Promise)) return promise;
    let done = false;
    const end = () => {
      done = true;
    };
    promise.then(end, end);
    await this.drain();
    for (let waits = 0; !done; waits++) {
      if (waits > 5000) throw new Violation('something waits for ever');
      // Longer and longer: a disk that was full is left alone for up to a minute.
      await this.pass(waits % 4 === 0 ? TICK_MS + waits : 1);
    }
    return promise;
  }

  /** Until every request is answered. */
  async settle(): Promise<void> {
    for (let waits = 0; this.hasRequests || this.gathered.length > 0; waits++) {
      if (waits > 5000) throw new Violation('a request is never answered');
      await this.endTurn();
      await this.pass(waits % 4 === 0 ? TICK_MS : 1);
    }
    const { core } = this.engine;
    for (let waits = 0; !core.complete; waits++) {
      if (waits > 5000) throw new Violation('the directory is never read to its end');
      await this.pass(TICK_MS);
    }
  }

  // --- what actions use ------------------------------------------------------------------------------------------------

  get now(): number {
    return this.world.clock.now;
  }

  db(): number {
    return this.dice.oneIn(4) ? this.dice.below(DATABASES_USED) : 0;
  }

  anyName(): string {
    return this.dice.pick(this.names);
  }

  valueName(): string {
    return this.dice.pick(VALUE_KEYS);
  }

  freshText(name: string): string {
    return `${name}#${++this.values}`;
  }

  /** The text with padding, so that memory can be short. */
  padded(text: string): string {
    return `${text}|${this.padding.slice(0, this.dice.below(this.shape.padBytesMax))}`;
  }

  /** The text of a value, at once: a view does not last. */
  textOf(value: Value | null): string | null {
    if (value === null) return null;
    const text = copyOf(value).toString('latin1');
    const end = text.indexOf('|');
    return end < 0 ? text : text.slice(0, end);
  }

  bytes(text: string) {
    return bytesOf(text);
  }
}

/** Whether it happened is not known: what it may have changed, neither. */
function unknown({ touches }: Request): void {
  for (const key of touches) {
    key.holding = null;
    for (const written of key.written.values()) written.expiresAt = Number.POSITIVE_INFINITY;
  }
}
