import { bytesOf } from '../../src/base/bytes';
import { DiskFailure } from '../../src/layers/disk/failure';
import type { Failpoint } from '../../src/layers/disk/messages';
import { seededRandom } from '../support/manual-world';
import { EVERY_CODE, THOROUGH } from '../support/thorough';
import { DiskHouse } from './disk-house';

/**
 * FAULTS.md F41, the way SQLite tests itself: the n-th thing asked of the disk fails, for n = 1, 2, ... until nothing fails
 * any more. Whatever fails: no wrong value, no end of the process, and nothing acknowledged that does not hold afterwards.
 */
const KEYS = ['plain', 'plain2', 'tagged', 'tagged2', 'derived', 'bound', 'other'];
const CODES = ['SQLITE_IOERR_WRITE', 'SQLITE_FULL', 'SQLITE_CORRUPT', 'SQLITE_CANTOPEN', 'SQLITE_READONLY'];
/** Beyond this the story would be much longer than it is. */
const CALLS_MAX = 2000;

/** What may be read of a key: its newest value, unless it is dead; a miss always. After a failed commit also what was. */
class Book {
  readonly allowed = new Map<string, Set<string>>();
  private version = 0;

  next(): string {
    return `v${++this.version}`;
  }

  /** What was said about these keys is acknowledged, or is not. */
  settle(keys: readonly string[], value: string | null, acknowledged: boolean): void {
    for (const key of keys) {
      const set = acknowledged ? new Set<string>() : (this.allowed.get(key) ?? new Set());
      if (value !== null) set.add(value);
      this.allowed.set(key, set);
    }
  }

  judge(key: string, found: string | null): void {
    if (found !== null)
      expect({ key, found, allowed: [...(this.allowed.get(key) ?? [])] }).toEqual({
        key,
        found,
        allowed: expect.arrayContaining([found]),
      });
  }
}

class Story {
  readonly book = new Book();
  house: DiskHouse;

  constructor(durability: 'process' | 'power') {
    this.house = new DiskHouse(1, { disk: { durability } });
  }

  private async acknowledge(keys: readonly string[], value: string | null): Promise<void> {
    let acknowledged = true;
    try {
      await this.house.acknowledge();
    } catch (failure) {
      expect(failure).toMatchObject({ name: 'DiskFailure', code: 'not-durable' });
      acknowledged = false;
    }
    this.book.settle(keys, value, acknowledged);
  }

  private async set(
    key: string,
    more: { tags?: string[]; sources?: string[] } = {},
    dead: string[] = [],
  ): Promise<void> {
    const value = this.book.next();
    this.house.engine.set(0, bytesOf(key), bytesOf(value), more);
    await this.acknowledge([key], value);
    await this.acknowledge(dead, null);
  }

  private async invalidateTags(tags: string[], dead: string[]): Promise<void> {
    await this.house.settled(this.house.engine.invalidateTags(tags));
    await this.acknowledge(dead, null);
  }

  private async fillAll(): Promise<void> {
    await this.set('plain');
    await this.set('plain2');
    await this.set('tagged', { tags: ['t'] });
    await this.set('tagged2', { tags: ['t', 'u'] });
    this.house.engine.dependencyAdd(0, bytesOf('derived'), [bytesOf('source')]);
    await this.acknowledge([], null);
    await this.set('derived');
    await this.set('bound', { sources: ['source2'] });
    await this.set('other');
    await this.house.written();
  }

  /** All rows on disk, and one of everything that changes them. */
  async play(): Promise<void> {
    const { house } = this;
    const { engine } = house;
    await this.fillAll();
    await this.invalidateTags(['t'], ['tagged', 'tagged2']);
    await this.set('source', {}, ['derived']);
    await house.settled(engine.remove(0, bytesOf('plain')));
    await this.acknowledge(['plain'], null);
    await this.set('plain2');
    await this.checkAll();
    await house.written();
    engine.flush(0);
    await this.acknowledge([...KEYS, 'source'], null);
    await house.written();
    await this.fillAll();
    await house.settled(engine.invalidateKeys(0, [bytesOf('other')]));
    await this.acknowledge(['other'], null);
    await this.checkAll();
  }

  /** Reads come from disk where there is one. */
  async checkAll(): Promise<void> {
    const { core } = this.house.engine;
    while (core.memory.victim() !== 0) core.room.evictOne();
    for (const key of KEYS) this.book.judge(key, await this.house.get(key));
    this.house.engine.audit();
  }

  async open(failpoint?: Failpoint): Promise<void> {
    const { durability } = this.house.options.disk!;
    Object.assign(this.house.options, { disk: { durability, ...(failpoint && { failpoint }) } });
    await this.house.open();
    await this.house.until(() => this.house.engine.core.complete || this.house.engine.core.disk === null);
  }

  /** What the tags and edges say must hold for what is there after the start. */
  async tiesHold(): Promise<void> {
    await this.invalidateTags(['u', 't'], ['tagged', 'tagged2']);
    await this.set('source', {}, ['derived']);
    await this.set('source2', {}, ['bound']);
    await this.checkAll();
  }
}

async function runWith(failpoint: Failpoint, durability: 'process' | 'power', kill: boolean): Promise<void> {
  const story = new Story(durability);
  try {
    // An unclean file with a journal and rows: the boot has something to do.
    await story.open();
    await story.play();
    await story.house.kill();

    await story.open(failpoint);
    await story.checkAll();
    await story.play();
    if (kill) await story.house.kill();
    else {
      await story.house.settled(story.house.engine.stop(60_000));
      await story.house.settled(story.house.disk.close(true));
    }
    await story.open();
    await story.checkAll();
    await story.tiesHold();
    await story.house.kill();
  } catch (error) {
    // The operator is told, and nothing is served.
    if (!(error instanceof DiskFailure && error.code === 'unremovable')) throw error;
  } finally {
    story.house.remove();
  }
}

const plans = (['process', 'power'] as const).flatMap((durability) =>
  CODES.flatMap((code) => [false, true].map((forever) => ({ durability, code, forever }))),
);

/** Calls from one line of progress to the next. */
const PROGRESS_CALLS = 50;

if (THOROUGH) {
  // Every call fails once for good and once in passing, each with one of the codes; with `every-code` with all of them.
  const ways = plans.filter(({ code }) => EVERY_CODE || code === CODES[0]);
  test.each(ways)(
    'F41: the n-th call fails, every n ($durability, from $code, forever: $forever)',
    async ({ durability, forever, code: first }) => {
      let at = 1;
      for (; at < CALLS_MAX; at++) {
        const code = EVERY_CODE ? first : CODES[at % CODES.length]!;
        const failpoint = { at, code, forever, calls: new SharedArrayBuffer(4) };
        try {
          await runWith(failpoint, durability, at % 2 === 0);
        } catch (error) {
          throw new Error(`call ${at}, ${code}`, { cause: error });
        }
        if (new Int32Array(failpoint.calls)[0]! < at) break;
        if (at % PROGRESS_CALLS === 0) process.stderr.write(`F41 ${durability}, forever: ${forever}: ${at} calls\n`);
      }
      expect(at).toBeGreaterThan(50);
      expect(at).toBeLessThan(CALLS_MAX);
    },
    3_600_000,
  );
} else {
  const random = seededRandom(41);
  const cases = Array.from({ length: plans.length }, (_, i) => {
    const plan = plans[i % plans.length]!;
    return { ...plan, at: 1 + Math.floor(random() * 240), kill: random() < 0.5 };
  });
  test.each(cases)(
    'F41: call $at fails ($durability, $code, forever: $forever)',
    async ({ durability, kill, ...plan }) => {
      await runWith({ ...plan, calls: new SharedArrayBuffer(4) }, durability, kill);
    },
  );
}
