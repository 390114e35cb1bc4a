/** Remembered evictions; each is 11 bytes. */
const PLACES = 1 << 15;
/** Places tried for one hash. */
const TRIES = 8;
const LIVE_MAX = PLACES / 2;
const LIVE_FEW = PLACES / 8;
const LEVEL_MAX = 16;
const WITHIN_SECONDS = 600;

/**
 * Which keys were evicted within the last 10 minutes, to know of a miss whether it was an eviction too early. Hashes only.
 * Where evictions are many, only those whose hash has `level` zero bits are remembered, each standing for 2^level, so that
 * half of the places always suffice for 10 minutes.
 */
export class AskedAgain {
  /** Low bits that must be 0. */
  level = 0;
  private live = 0;
  private readonly hashes = new Uint32Array(PLACES);
  /** Second of the eviction; 0: the place is free. */
  private readonly seconds = new Uint32Array(PLACES);
  private readonly owners = new Uint16Array(PLACES);
  private readonly levels = new Uint8Array(PLACES);

  get memoryBytes(): number {
    return PLACES * (4 + 4 + 2 + 1);
  }

  /** `owner` is given back by `asked`. `second`: of any clock, above 0. */
  evicted(hash: number, owner: number, second: number): void {
    const wanted = hash >>> 0;
    if (!this.isChosen(wanted)) return;
    const place = this.placeFor(wanted);
    if (this.seconds[place] === 0) this.live++;
    this.hashes[place] = wanted;
    this.seconds[place] = second;
    this.owners[place] = owner;
    this.levels[place] = this.level;
    if (this.live > LIVE_MAX) this.tidy(second);
  }

  /** The key was missed: calls `each` with the owner and for how many evictions this stands, once an eviction. */
  asked(hash: number, second: number, each: (owner: number, weight: number) => void): void {
    if (this.live === 0) return;
    const wanted = hash >>> 0;
    for (let i = 0; i < TRIES; i++) {
      const place = ((wanted >>> 17) + i) & (PLACES - 1);
      if (this.hashes[place] !== wanted || this.seconds[place] === 0) continue;
      const isRecent = second - this.seconds[place]! <= WITHIN_SECONDS;
      this.free(place);
      if (isRecent) each(this.owners[place]!, 2 ** this.levels[place]!);
      return;
    }
  }

  /** Drops what is too long ago; remembers fewer, or more, from now on. Once a period, and when it is full. */
  tidy(second: number): void {
    this.sweep(second);
    while (this.live > LIVE_MAX && this.level < LEVEL_MAX) {
      this.level++;
      this.sweep(second);
    }
    if (this.live < LIVE_FEW && this.level > 0) this.level--;
  }

  reset(): void {
    this.seconds.fill(0);
    this.live = this.level = 0;
  }

  /** A slot of templates has another meaning now. */
  forget(owner: number): void {
    for (let place = 0; place < PLACES; place++) {
      if (this.seconds[place] !== 0 && this.owners[place] === owner) this.free(place);
    }
  }

  private isChosen(hash: number): boolean {
    return (hash & ((1 << this.level) - 1)) === 0;
  }

  private sweep(second: number): void {
    for (let place = 0; place < PLACES; place++) {
      if (this.seconds[place] === 0) continue;
      if (second - this.seconds[place]! > WITHIN_SECONDS || !this.isChosen(this.hashes[place]!)) this.free(place);
      else if (this.levels[place]! < this.level) this.levels[place] = this.level;
    }
  }

  private free(place: number): void {
    this.seconds[place] = 0;
    this.live--;
  }

  /** Its own, a free one, or that of the oldest. */
  private placeFor(hash: number): number {
    let best = -1;
    let oldest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < TRIES; i++) {
      const place = ((hash >>> 17) + i) & (PLACES - 1);
      const second = this.seconds[place]!;
      if (second !== 0 && this.hashes[place] === hash) return place;
      if (second >= oldest) continue;
      oldest = second;
      best = place;
    }
    return best;
  }
}
