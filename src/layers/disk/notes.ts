import type { Batches } from './batches';
import type { Commits } from './commits';

export const NOTE_NAME_BYTES_MAX = 256;
export const NOTE_BYTES_MAX = 1 << 20;

export interface NoteLimits {
  notesMax: number;
  notesBytesMax: number;
}

/**
 * Named blobs that the rest of the house keeps over a restart: rules, the newest losses. The file has the values; here
 * are their sizes, so that the limits hold.
 */
export class Notes {
  /** Bytes of names and values. */
  sizeBytes = 0;
  private readonly sizes = new Map<string, number>();

  constructor(
    private readonly limits: NoteLimits,
    private readonly batches: Batches,
    private readonly commits: Commits,
  ) {}

  get count(): number {
    return this.sizes.size;
  }

  /** These are in the file, and no others. */
  begin(sizes: readonly (readonly [name: string, sizeBytes: number])[]): void {
    this.sizes.clear();
    this.sizeBytes = 0;
    for (const [name, sizeBytes] of sizes) this.account(name, sizeBytes);
  }

  save(name: string, value: Buffer, bulk: boolean, isOpen: boolean): boolean {
    if (!this.fits(name, value.length)) return false;
    this.account(name, name.length + value.length);
    if (isOpen) this.batches.ops.note(name, value, bulk);
    if (!bulk) this.commits.records?.note(name, value, false);
    return true;
  }

  delete(name: string, isOpen: boolean): void {
    const sizeBytes = this.sizes.get(name);
    if (sizeBytes === undefined) return;
    this.sizes.delete(name);
    this.sizeBytes -= sizeBytes;
    if (isOpen) this.batches.ops.noteDelete(name);
    this.commits.records?.noteDelete(name);
  }

  private fits(name: string, valueBytes: number): boolean {
    if (name.length === 0 || name.length > NOTE_NAME_BYTES_MAX || valueBytes > NOTE_BYTES_MAX) return false;
    const old = this.sizes.get(name);
    if (old === undefined && this.sizes.size >= this.limits.notesMax) return false;
    return this.sizeBytes - (old ?? 0) + name.length + valueBytes <= this.limits.notesBytesMax;
  }

  private account(name: string, sizeBytes: number): void {
    this.sizeBytes += sizeBytes - (this.sizes.get(name) ?? 0);
    this.sizes.set(name, sizeBytes);
  }
}
