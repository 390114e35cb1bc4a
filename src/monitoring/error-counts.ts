/** Different first words; more are counted as one. Words are ours, but an origin's message may bring one along. */
const WORDS_MAX = 128;
const OTHER = 'OTHER';

/** Error replies by their first word. */
export class ErrorCounts {
  readonly byWord = new Map<string, number>();
  total = 0;
  /** Failures of ours, answered as internal errors. */
  broken = 0;

  /** `line` is the error line without '-'. */
  add(line: string): void {
    this.total++;
    const space = line.indexOf(' ');
    const word = space < 0 ? line : line.slice(0, space);
    const known = this.byWord.has(word) || this.byWord.size < WORDS_MAX ? word : OTHER;
    this.byWord.set(known, (this.byWord.get(known) ?? 0) + 1);
  }

  reset(): void {
    this.byWord.clear();
    this.total = 0;
  }
}
