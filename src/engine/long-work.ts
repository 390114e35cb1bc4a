import type { Background } from './background';

/** Work that may take long: yields between steps of at most about a tenth of a millisecond. */
export type Work<T> = Generator<void, T, void>;

/** Steps before the caller goes on without the result. */
const STEPS_AT_ONCE = 8;
/** With more than this waiting, work is done at once: it is never refused, for half an invalidation is none. */
const WAITING_MAX = 10_000;

/** Does what fits in less than a millisecond at once; the rest in slices, one work after the other. */
export class LongWork {
  private readonly waiting: { step(): boolean }[] = [];

  constructor(private readonly background: Background) {
    background.add('long-work', (enough) => this.goOn(enough));
  }

  run<T>(work: Work<T>): T | Promise<T> {
    const atOnce = this.waiting.length >= WAITING_MAX ? Number.POSITIVE_INFINITY : STEPS_AT_ONCE;
    for (let steps = 0; steps < atOnce; steps++) {
      const result = work.next();
      if (result.done) return result.value;
    }
    return new Promise((resolve, reject) => {
      const step = (): boolean => {
        try {
          const result = work.next();
          if (result.done) resolve(result.value);
          return result.done === true;
        } catch (failure) {
          reject(failure);
          return true;
        }
      };
      this.waiting.push({ step });
      this.background.wake('long-work');
    });
  }

  private goOn(enough: () => boolean): boolean {
    for (;;) {
      const first = this.waiting[0];
      if (first === undefined) return false;
      if (first.step()) this.waiting.shift();
      if (enough()) return this.waiting.length > 0;
    }
  }
}
