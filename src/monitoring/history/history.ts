import type { Log } from '../../base/world';
import type { DiskLayer } from '../../layers/disk/disk-layer';
import type { MinuteRow } from '../api';
import { HourWriter, rowsIn } from './minute-codec';

export const HISTORY_HOURS_MAX = 30 * 24;
/** Hours kept in memory; a day back from any minute of the open one. */
const MEMORY_HOURS_MAX = 25;
/** Bytes of all notes; a minute of 20 busy templates takes about 600. */
const HISTORY_BYTES_MAX = 24 << 20;
const RECENT_ROWS_MAX = 24 * 60;
const HOUR_MS = 3_600_000;
const NOTES = 'history/minutes/';
/** Digits of an hour's number, so that the order of names is that of hours. */
const DIGITS = 9;

/** Where notes are kept: the disk layer. */
export type NoteStore = Pick<DiskLayer, 'saveNote' | 'deleteNote' | 'loadNotes' | 'stats'>;

/**
 * Minute rows: those of a day in memory, those of 30 days as notes of the disk layer, one an hour, written anew with each
 * minute. Without a disk layer only memory; the oldest go first where there is no room.
 */
export class History {
  /** The newest hours, oldest first. */
  private readonly hours = new Map<number, HourWriter>();
  /** Bytes of each note on disk. */
  private readonly saved = new Map<number, number>();
  private savedBytes = 0;
  private isOpen = false;
  /** Of the disk layer: a new file has no notes. */
  private resets = 0;

  constructor(
    /** Null without a disk layer, and once it had to be given up. */
    private readonly store: () => NoteStore | null,
    private readonly log: Log,
  ) {}

  /** Takes up what was kept before the start. Never rejects: what cannot be read is left out. */
  async open(wallMs: number): Promise<void> {
    const oldest = hourOf(wallMs) - MEMORY_HOURS_MAX + 1;
    const before = new Map<number, MinuteRow[]>();
    try {
      await this.store()?.loadNotes(NOTES, (name, value) => {
        const hour = Number(name.slice(NOTES.length));
        if (!Number.isInteger(hour)) return;
        this.account(hour, value.length);
        if (hour >= oldest && hour <= hourOf(wallMs)) before.set(hour, rowsIn(value));
      });
    } catch (failure) {
      this.log.warn({ err: failure }, 'minutes from before the start could not be read');
    }
    this.takeUp(before);
    this.resets = this.store()?.stats().resets ?? 0;
    this.isOpen = true;
    this.drop(hourOf(wallMs));
  }

  add(row: MinuteRow): void {
    const hour = hourOf(row.atMs);
    const writer = this.hours.get(hour) ?? new HourWriter();
    this.hours.set(hour, writer);
    writer.add(row);
    for (const each of this.hours.keys()) if (each <= hour - MEMORY_HOURS_MAX) this.hours.delete(each);
    if (this.isNewFile()) this.saveAll();
    else this.save(hour, writer);
    this.drop(hour);
  }

  /** Oldest first. */
  recent(count = RECENT_ROWS_MAX): MinuteRow[] {
    const wanted = Math.min(count, RECENT_ROWS_MAX);
    const rows: MinuteRow[][] = [];
    let found = 0;
    for (const [, writer] of [...this.hours].sort(([a], [b]) => b - a)) {
      if (found >= wanted) break;
      rows.unshift(rowsIn(writer.bytes));
      found += writer.rows;
    }
    const all = rows.flat();
    return all.slice(Math.max(0, all.length - wanted));
  }

  /** Oldest first, from memory and disk. Rejects if the disk layer fails. */
  async between(fromMs: number, toMs: number): Promise<MinuteRow[]> {
    const rows: MinuteRow[] = [];
    for (const hour of this.hoursBetween(fromMs, toMs)) rows.push(...(await this.rowsOf(hour)));
    return rows.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  }

  get memoryBytes(): number {
    let sum = 0;
    for (const writer of this.hours.values()) sum += writer.memoryBytes;
    return sum;
  }

  private isNewFile(): boolean {
    const resets = this.store()?.stats().resets ?? this.resets;
    const isNew = resets !== this.resets;
    this.resets = resets;
    return isNew;
  }

  private saveAll(): void {
    this.saved.clear();
    this.savedBytes = 0;
    for (const [hour, writer] of this.hours) this.save(hour, writer);
  }

  /** Minutes that were over while the notes were still read come after those of before. */
  private takeUp(before: Map<number, MinuteRow[]>): void {
    for (const [hour, rows] of before) {
      const since = this.hours.get(hour);
      this.hours.set(hour, new HourWriter([...rows, ...(since === undefined ? [] : rowsIn(since.bytes))]));
    }
    const inOrder = [...this.hours].sort(([a], [b]) => a - b);
    this.hours.clear();
    for (const [hour, writer] of inOrder) this.hours.set(hour, writer);
  }

  private hoursBetween(fromMs: number, toMs: number): number[] {
    const hours = new Set([...this.hours.keys(), ...this.saved.keys()]);
    return [...hours].filter((hour) => hour >= hourOf(fromMs) && hour * HOUR_MS < toMs).sort((a, b) => a - b);
  }

  private async rowsOf(hour: number): Promise<MinuteRow[]> {
    const writer = this.hours.get(hour);
    if (writer !== undefined) return rowsIn(writer.bytes);
    let rows: MinuteRow[] = [];
    await this.store()?.loadNotes(nameOf(hour), (_name, value) => {
      rows = rowsIn(value);
    });
    return rows;
  }

  /** Not before what is there was read: it would be written over. In bulk: losing some minutes is no harm. */
  private save(hour: number, writer: HourWriter): void {
    const store = this.store();
    if (!this.isOpen || store === null) return;
    const bytes = Buffer.from(writer.bytes);
    if (store.saveNote(nameOf(hour), bytes, true)) this.account(hour, bytes.length);
  }

  private account(hour: number, bytes: number): void {
    this.savedBytes += bytes - (this.saved.get(hour) ?? 0);
    this.saved.set(hour, bytes);
  }

  /** What is too old or too much. */
  private drop(newest: number): void {
    if (!this.isOpen) return;
    for (const hour of [...this.saved.keys()].sort((a, b) => a - b)) {
      if (hour > newest - HISTORY_HOURS_MAX && this.savedBytes <= HISTORY_BYTES_MAX) return;
      this.savedBytes -= this.saved.get(hour)!;
      this.saved.delete(hour);
      this.store()?.deleteNote(nameOf(hour));
    }
  }
}

function hourOf(wallMs: number): number {
  return Math.floor(wallMs / HOUR_MS);
}

function nameOf(hour: number): string {
  return NOTES + String(hour).padStart(DIGITS, '0');
}
