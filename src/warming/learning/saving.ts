import type { World } from '../../base/world';
import type { Learned } from './learned';
import type { LearnedFile } from './learned-file';

/** Keeps what was learned in its file: reads it once, writes it now and then, in slices. */
export class Saving {
  private encoding: Generator<void, Buffer[], void> | null = null;
  private writing: Promise<void> | null = null;
  private savedAtMs: number;
  /** What was learned until the last save that was begun, and until the last one that was written. */
  private begunAt = 0;
  private writtenAt = 0;
  private failed = false;
  /** Keys found in the file at the start. */
  restored = 0;
  saves = 0;
  failures = 0;
  /** Of the last file written. */
  fileBytes = 0;

  constructor(
    private readonly learned: Learned,
    private readonly file: LearnedFile | null,
    private readonly world: World,
    /** Called just before it is saved. */
    private readonly prepare: () => void,
  ) {
    this.savedAtMs = world.clock.now;
  }

  /** Never rejects: what cannot be read is logged and left out. */
  async load(): Promise<void> {
    const { file, learned, world } = this;
    if (file === null) return;
    const outcome = await file.read(learned, this.wallMs);
    this.restored = learned.recent.size;
    if (outcome.kind === 'read') world.log.info({ keys: this.restored }, 'what was learned before is known');
    if (outcome.kind === 'ignored')
      world.log.warn(
        { file: file.path, reason: outcome.reason },
        'what was learned before cannot be used: learning anew',
      );
  }

  /** `seen`: grows with what is learned; without news nothing is written. */
  saveIfDue(periodMs: number, seen: number): void {
    const { now } = this.world.clock;
    if (this.file === null || this.isBusy || now < this.savedAtMs + periodMs || seen === this.writtenAt) return;
    this.savedAtMs = now;
    this.begunAt = seen;
    this.prepare();
    this.encoding = this.file.encode(this.learned, this.wallMs);
  }

  /** True: there is more to do at once. */
  work(enough: () => boolean): boolean {
    const { encoding } = this;
    if (encoding === null) return false;
    do {
      const step = encoding.next();
      if (step.done === true) {
        this.encoding = null;
        this.write(step.value);
        return false;
      }
    } while (!enough());
    return true;
  }

  /** What is not saved yet, at once. Never rejects. */
  async saveNow(seen: number): Promise<void> {
    this.encoding = null;
    await this.writing;
    if (this.file === null || seen === this.writtenAt) return;
    this.begunAt = seen;
    this.prepare();
    this.encoding = this.file.encode(this.learned, this.wallMs);
    this.work(() => false);
    await this.writing;
  }

  private get isBusy(): boolean {
    return this.encoding !== null || this.writing !== null;
  }

  private get wallMs(): number {
    const { now, wallOffsetMs } = this.world.clock;
    return now + wallOffsetMs;
  }

  private write(chunks: readonly Buffer[]): void {
    const { log } = this.world;
    const { begunAt } = this;
    this.writing = this.file!.write(chunks)
      .then(
        (sizeBytes) => {
          this.saves++;
          this.writtenAt = begunAt;
          this.fileBytes = sizeBytes;
          this.failed = false;
        },
        (failure: unknown) => {
          this.failures++;
          if (!this.failed) log.warn({ err: failure, file: this.file!.path }, 'what was learned could not be saved');
          this.failed = true;
        },
      )
      .then(() => {
        this.writing = null;
      });
  }
}
