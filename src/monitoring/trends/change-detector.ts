import { Season } from './season';

/** Evidence, a logarithm of likelihoods: a change is reported at this much. */
const EVIDENCE_MIN = 16;
/** One minute brings at most a third of it. */
const EVIDENCE_STEP_MAX = EVIDENCE_MIN / 3;
/** Of it being over. */
const EVIDENCE_BACK_MIN = 8;
const LEARN_MINUTES = 30;
const LEVEL_HALF_LIFE_MINUTES = 45;
const RECENT_HALF_LIFE_MINUTES = 5;
/** What stays changed for so long is the new usual. */
const SETTLE_MS = 2 * 3_600_000;
/** After a gap of this length nothing is held against what was before it. */
const GAP_MS = 6 * 3_600_000;
const BLOCK_MINUTES = 10;
/** Blocks that the variance is learnt over. */
const VARIANCE_BLOCKS = 20;
/** A single value moves the level by no more than so many deviations. */
const CLIP_DEVIATIONS = 3;

export interface DetectorOptions {
  /** The change that is looked for; one of half of it is never reported. */
  readonly shift: number;
  /** Which way is worse. */
  readonly worse: 'up' | 'down';
  /** Deviation from minute to minute that is taken for usual, however quiet it was so far. */
  readonly deviationMin: number;
}

export type Phase = 'learning' | 'steady' | 'changed';

/**
 * Finds lasting changes for the worse in a series of minutes, and their end. What is expected is the usual value of the hour
 * of the day plus a level that follows slowly; what speaks for a change is added up (CUSUM of likelihood ratios, Page 1954),
 * each minute as much as its volume and the usual unrest of the series allow. So a big drop of a busy series is found in 3
 * minutes, a few bad minutes of a quiet one are not, and a bias below half of `shift` never adds up to anything.
 */
export class ChangeDetector {
  phase: Phase = 'learning';
  /** Wall clock ms: of the first minute of the change, if `phase` is 'changed'. */
  changedAtMs = 0;
  /** The mean of the last minutes. */
  recent = 0;
  private level = 0;
  private minutes = 0;
  private usesSeason = false;
  private evidence = 0;
  private evidenceBack = 0;
  private suspectAtMs = 0;
  private reportedAtMs = 0;
  private lastAtMs = 0;
  private readonly season = new Season();
  private readonly sign: number;
  /** Learnt, beyond chance, of one minute as its neighbours go with it. */
  private variance: number;
  private blockSum = 0;
  private blockChance = 0;
  private blockMinutes = 0;

  constructor(private readonly options: DetectorOptions) {
    this.sign = options.worse === 'up' ? 1 : -1;
    this.variance = options.deviationMin ** 2;
  }

  /** What a minute at this time should be, within about `deviation`. */
  expected(atMs: number): number {
    return this.level + (this.usesSeason ? this.season.at(atMs) : 0);
  }

  get deviation(): number {
    return Math.sqrt(this.variance);
  }

  /**
   * One minute. `chanceOf`: the variance that chance alone gives to a value where this much is expected, from the minute's
   * volume.
   */
  observe(atMs: number, value: number, chanceOf: (expected: number) => number): 'began' | 'ended' | undefined {
    if (this.minutes > 0 && atMs - this.lastAtMs > GAP_MS) this.beginAnew();
    this.lastAtMs = atMs;
    this.takeSeason(atMs);
    this.season.observe(atMs, value);
    this.recent += (value - this.recent) * (this.minutes === 0 ? 1 : gainOf(RECENT_HALF_LIFE_MINUTES));
    this.minutes++;
    if (this.phase === 'learning') return this.learn(atMs, value);
    const expected = this.expected(atMs);
    const off = value - expected;
    const chance = chanceOf(expected);
    const variance = chance + this.variance;
    return this.phase === 'steady' ? this.watch(atMs, off, chance, variance) : this.await(atMs, off, variance);
  }

  private learn(atMs: number, value: number): undefined {
    this.level += (value - this.expected(atMs)) / this.minutes;
    if (this.minutes >= LEARN_MINUTES) this.phase = 'steady';
  }

  private watch(atMs: number, off: number, chance: number, variance: number): 'began' | undefined {
    if (this.evidence === 0) this.suspectAtMs = atMs;
    this.evidence = Math.max(0, this.evidence + this.evidenceOf(off, variance));
    if (this.evidence >= EVIDENCE_MIN) {
      this.phase = 'changed';
      this.changedAtMs = this.suspectAtMs;
      this.reportedAtMs = atMs;
      this.evidence = this.evidenceBack = 0;
      this.endBlock();
      return 'began';
    }
    const clip = CLIP_DEVIATIONS * Math.sqrt(variance);
    const clipped = Math.max(-clip, Math.min(clip, off));
    this.level += clipped * gainOf(LEVEL_HALF_LIFE_MINUTES);
    this.learnVariance(clipped, chance);
    return undefined;
  }

  /** Changed: until it is as before, or has been different for so long that this is usual now. */
  private await(atMs: number, off: number, variance: number): 'ended' | undefined {
    this.evidenceBack = Math.max(0, this.evidenceBack - this.evidenceOf(off, variance));
    const isSettled = atMs - this.reportedAtMs >= SETTLE_MS;
    if (this.evidenceBack < EVIDENCE_BACK_MIN && !isSettled) return undefined;
    if (isSettled) this.level += this.recent - this.expected(atMs);
    this.phase = 'steady';
    return 'ended';
  }

  private evidenceOf(off: number, variance: number): number {
    const { shift } = this.options;
    const evidence = (shift / variance) * (this.sign * off - shift / 2);
    return Math.max(-EVIDENCE_STEP_MAX, Math.min(EVIDENCE_STEP_MAX, evidence));
  }

  /** By means of 10 minutes: unrest whose minutes go together counts for more than its deviation says. */
  private learnVariance(off: number, chance: number): void {
    this.blockSum += off;
    this.blockChance += chance;
    if (++this.blockMinutes < BLOCK_MINUTES) return;
    const mean = this.blockSum / BLOCK_MINUTES;
    const beyond = mean ** 2 * BLOCK_MINUTES - this.blockChance / BLOCK_MINUTES;
    const learnt = Math.min(Math.max(0, beyond), this.variance * CLIP_DEVIATIONS ** 2);
    const floor = this.options.deviationMin ** 2;
    if (this.evidence < EVIDENCE_MIN / 4)
      this.variance = Math.max(floor, this.variance + (learnt - this.variance) / VARIANCE_BLOCKS);
    this.endBlock();
  }

  private endBlock(): void {
    this.blockSum = this.blockChance = this.blockMinutes = 0;
  }

  /** The day's shape is used from the moment on in which it is known, without a step in what is expected. */
  private takeSeason(atMs: number): void {
    if (this.usesSeason || this.phase !== 'steady' || !this.season.isKnown) return;
    this.usesSeason = true;
    this.level -= this.season.at(atMs);
  }

  private beginAnew(): void {
    this.phase = 'learning';
    this.minutes = 0;
    this.level = 0;
    this.evidence = 0;
    this.endBlock();
  }
}

function gainOf(halfLifeMinutes: number): number {
  return 1 - 2 ** (-1 / halfLifeMinutes);
}
