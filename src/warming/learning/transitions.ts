/** Templates that may follow one; of more the rarest is forgotten. */
const SUCCESSORS_MAX = 32;
/** Above this all counts of a row are halved, so that it follows how things change. */
const ROW_SUM_MAX = 100_000;

/** How often each name came in one situation, bounded. */
export class Row {
  readonly counts = new Map<string, number>();
  sum = 0;

  add(name: string, count = 1): void {
    const known = this.counts.get(name);
    if (known === undefined && this.counts.size >= SUCCESSORS_MAX) this.forgetRarest();
    this.counts.set(name, (known ?? 0) + count);
    this.sum += count;
    if (this.sum > ROW_SUM_MAX) this.halve();
  }

  shareOf(name: string): number {
    return this.sum === 0 ? 0 : (this.counts.get(name) ?? 0) / this.sum;
  }

  private forgetRarest(): void {
    let rarest = '';
    let least = Number.POSITIVE_INFINITY;
    for (const [name, count] of this.counts) {
      if (count < least) [rarest, least] = [name, count];
    }
    this.counts.delete(rarest);
    this.sum -= least;
  }

  private halve(): void {
    this.sum = 0;
    for (const [name, count] of this.counts) {
      this.counts.set(name, count / 2);
      this.sum += count / 2;
    }
  }
}

/**
 * Which template users ask for first, and which after which: a model of first order over templates. There are as many rows
 * as templates in the configuration.
 */
export class Transitions {
  readonly starts = new Row();
  readonly rows = new Map<string, Row>();

  note(from: string, to: string): void {
    this.rowOf(from).add(to);
  }

  rowOf(from: string): Row {
    let row = this.rows.get(from);
    if (row === undefined) this.rows.set(from, (row = new Row()));
    return row;
  }

  /** How likely it is that a session which begins now, or goes on after `last`, comes to this template soon. 0 to 1. */
  likelihood(template: string, last: string): number {
    if (last !== '') return this.rows.get(last)?.shareOf(template) ?? 0;
    let second = 0;
    for (const first of this.starts.counts.keys()) {
      second += this.starts.shareOf(first) * (this.rows.get(first)?.shareOf(template) ?? 0);
    }
    return Math.max(this.starts.shareOf(template), second);
  }

  clear(): void {
    this.rows.clear();
    this.starts.counts.clear();
    this.starts.sum = 0;
  }
}
