import type { ReferenceOutcome, ReferenceWatch } from '../../engine/references';
import { Curve } from './curve';
import { ReuseStack } from './reuse-stack';

const SAMPLED_KEYS_MAX = 8_192;
/** What was seen so long ago counts half. */
const HALF_LIFE_MINUTES = 120;
/** A sample is replaced after so long by one that was begun half of it before: keys that nobody wants any more go. */
const SAMPLE_MINUTES = 24 * 60;

/**
 * What other sizes of the cache would do, from a sample of its GETs. A hit of a key that is not in the sample yet tells nothing
 * and is left out; a miss because the value expired or died is a miss at any size.
 */
export class MissRatio implements ReferenceWatch {
  below = 0;
  readonly curve = new Curve();
  private stack: ReuseStack;
  /** The one to come. */
  private second: ReuseStack | null = null;
  private minutes = 0;

  constructor(
    isOn: boolean,
    private readonly keysMax = SAMPLED_KEYS_MAX,
    /** Of all keys: what is sampled costs a GET about as much again as its answer. */
    private readonly shareMax = 1,
  ) {
    this.stack = new ReuseStack(keysMax, shareMax);
    if (isOn) this.setBelow();
  }

  get isOn(): boolean {
    return this.below > 0;
  }

  get sampledKeys(): number {
    return this.stack.size;
  }

  /** One of so many keys is in the sample. */
  get oneOf(): number {
    return this.stack.oneOf;
  }

  /** Mean size of the keys of the sample, as the memory layer counts it. */
  get meanBytes(): number {
    return this.stack.meanBytes;
  }

  get memoryBytes(): number {
    return this.curve.memoryBytes + this.stack.memoryBytes + (this.second?.memoryBytes ?? 0);
  }

  referenced(hash: number, sizeBytes: number, outcome: ReferenceOutcome): void {
    const { stack, second, curve } = this;
    if (second !== null && hash < second.threshold) second.use(hash, sizeBytes);
    if (hash < stack.threshold) {
      const distance = stack.use(hash, sizeBytes);
      const weight = stack.oneOf;
      if (outcome === 'died') curve.addMiss(weight);
      else if (distance > 0) curve.add(distance, weight);
      else if (outcome === 'missed') curve.addMiss(weight);
      else curve.addUnknown(weight);
    }
    this.setBelow();
  }

  /** A minute is over, with so many GETs. */
  minute(gets: number): void {
    this.curve.count(gets);
    this.curve.fade(2 ** (-1 / HALF_LIFE_MINUTES));
    this.minutes++;
    if (this.minutes % (SAMPLE_MINUTES / 2) !== 0) return;
    if (this.second !== null) this.stack = this.second;
    this.second = new ReuseStack(this.keysMax, this.shareMax);
    this.setBelow();
  }

  private setBelow(): void {
    this.below = Math.max(this.stack.threshold, this.second?.threshold ?? 0);
  }
}
