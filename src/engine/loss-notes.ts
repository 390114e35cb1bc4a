import type { Background } from './background';
import type { Cause } from './causes';
import type { Core } from './core';
import { LOSS_BYTES, lossTimeOf, NEWEST_LOSSES_MAX } from './losses';

/** How often what changed is saved. */
const SAVE_EVERY_MS = 5_000;
/** How often a moment is noted, so that ages are known as exactly as this. */
const MOMENT_MS = 1_000;
/** Losses in one note, and so in one slice; causes too. */
const LOSSES_A_NOTE = 512;
const CAUSES_A_NOTE = 256;
/** The newest causes, kept over a restart. */
const NEWEST_CAUSES_MAX = 2048;

const LOSSES_NOTE = 'why/losses/';
const CAUSES_NOTE = 'why/causes/';
const MOMENTS_NOTE = 'why/moments';

/** Head of a note of losses: format, seeds, names of the 16 databases, losses so far. */
const FORMAT = 1;
const HEAD_BYTES = 40;
const AT_SEEDS = 4;
const AT_NAMES = 12;
const AT_COUNT = 28;

/**
 * The newest losses and their causes, kept as notes of the disk layer: in bulk, since losing some costs an answer only. One
 * note is a part of the ring of the newest, written anew when the ring's head has passed over it.
 */
export class LossNotes {
  private savedLosses = 0;
  private savedCauses = 0;
  private savedAtMs = Number.NEGATIVE_INFINITY;
  private momentAtMs = Number.NEGATIVE_INFINITY;
  private setsSeen = 0;

  constructor(
    private readonly core: Core,
    background: Background,
  ) {
    background.add('why', (enough) => this.tick(enough));
  }

  // --- saving --------------------------------------------------------------------------------------------------------

  private tick(enough: () => boolean): boolean {
    const { core } = this;
    if (core.now - this.momentAtMs >= MOMENT_MS) this.noteMoment();
    if (core.disk === null || core.now - this.savedAtMs < SAVE_EVERY_MS) return false;
    while (this.saveNext()) if (enough()) return true;
    this.savedAtMs = core.now;
    return false;
  }

  /** Values stored in the last second get an epoch of their own, so that their age is known. */
  private noteMoment(): void {
    const { core } = this;
    this.momentAtMs = core.now;
    if (core.counters.sets === this.setsSeen) return;
    this.setsSeen = core.counters.sets;
    const { clock } = core.world;
    core.losing.epochTimes.note(core.epochs.next(), clock.now + clock.wallOffsetMs);
  }

  /** All that changed, at an orderly end. */
  saveAll(): void {
    while (this.saveNext()) {}
    if (this.core.disk !== null) this.saveMoments();
  }

  /** A new file has no notes: everything is to be saved again. */
  begin(): void {
    this.savedLosses = 0;
    this.savedCauses = 0;
  }

  /** One note; false if nothing has changed. */
  private saveNext(): boolean {
    const { core } = this;
    if (core.disk === null) return false;
    if (this.savedCauses < core.causes.newest) this.saveCauses();
    else if (this.savedLosses < core.losses.count) this.saveLosses();
    else return false;
    return true;
  }

  private saveLosses(): void {
    const { losses, disk } = this.core;
    const oldest = Math.max(this.savedLosses, losses.count - NEWEST_LOSSES_MAX);
    const part = Math.floor((oldest % NEWEST_LOSSES_MAX) / LOSSES_A_NOTE);
    const from = part * LOSSES_A_NOTE;
    const buf = Buffer.alloc(HEAD_BYTES + LOSSES_A_NOTE * LOSS_BYTES);
    buf.writeUInt32LE(FORMAT, 0);
    buf.writeInt32LE(losses.fingerprint.seedLow, AT_SEEDS);
    buf.writeInt32LE(losses.fingerprint.seedHigh, AT_SEEDS + 4);
    buf.set(losses.names, AT_NAMES);
    buf.writeDoubleLE(losses.count + (losses.isPartial ? NEWEST_LOSSES_MAX : 0), AT_COUNT);
    const bytes = losses.copyNewest(from, from + LOSSES_A_NOTE, buf, HEAD_BYTES);
    disk!.saveNote(LOSSES_NOTE + part, buf.subarray(0, HEAD_BYTES + bytes), true);
    // The part the head is in is saved again when it has grown.
    const end = Math.floor(oldest / LOSSES_A_NOTE + 1) * LOSSES_A_NOTE;
    this.savedLosses = Math.min(end, losses.count);
    if (this.savedLosses === losses.count) this.saveMoments();
  }

  private saveCauses(): void {
    const { causes, disk } = this.core;
    const oldest = Math.max(this.savedCauses, causes.newest - NEWEST_CAUSES_MAX);
    const part = Math.floor(oldest / CAUSES_A_NOTE);
    const list: [number, Cause][] = [];
    for (let number = part * CAUSES_A_NOTE + 1; number <= (part + 1) * CAUSES_A_NOTE; number++) {
      const cause = number <= causes.newest ? causes.get(number) : undefined;
      if (cause !== undefined) list.push([number, cause]);
    }
    const name = CAUSES_NOTE + (part % (NEWEST_CAUSES_MAX / CAUSES_A_NOTE));
    disk!.saveNote(name, Buffer.from(JSON.stringify(list), 'utf8'), true);
    this.savedCauses = Math.min((part + 1) * CAUSES_A_NOTE, causes.newest);
  }

  private saveMoments(): void {
    const moments = this.core.losing.epochTimes.saved();
    this.core.disk!.saveNote(MOMENTS_NOTE, Buffer.from(JSON.stringify(moments), 'utf8'), true);
  }

  // --- loading -------------------------------------------------------------------------------------------------------

  /** Before anything is served. `wasClean`: the last run ended in order. Notes that make no sense are left out: they only cost answers. */
  async load(wasClean: boolean): Promise<void> {
    const { core } = this;
    const { disk } = core;
    if (disk === null) return;
    await disk.loadNotes(CAUSES_NOTE, (_name, value) => {
      for (const [number, cause] of pairsIn(value)) {
        if (isCause(cause)) core.causes.restore(number, cause);
      }
    });
    await disk.loadNotes(MOMENTS_NOTE, (_name, value) => {
      for (const [epoch, wallMs] of pairsIn(value)) {
        if (typeof wallMs === 'number') core.losing.epochTimes.note(epoch, wallMs);
      }
    });
    const notes: Buffer[] = [];
    await disk.loadNotes(LOSSES_NOTE, (_name, value) => void notes.push(value));
    this.restore(notes.filter((note) => note.length >= HEAD_BYTES && note.readUInt32LE(0) === FORMAT));
    core.losses.isPartial ||= !wasClean;
    // The ring begins anew, so its parts are other ones than those that were saved.
    this.savedLosses = 0;
    this.savedCauses = core.causes.newest;
  }

  /** Notes of another seed are of another run, whose newest losses were saved later or earlier: the newer run counts. */
  private restore(notes: Buffer[]): void {
    const { losses } = this.core;
    const newest = notes.sort((a, b) => b.readDoubleLE(AT_COUNT) - a.readDoubleLE(AT_COUNT))[0];
    if (newest === undefined) return;
    losses.fingerprint.seedLow = newest.readInt32LE(AT_SEEDS);
    losses.fingerprint.seedHigh = newest.readInt32LE(AT_SEEDS + 4);
    losses.names.set(newest.subarray(AT_NAMES, AT_COUNT));
    losses.isPartial = newest.readDoubleLE(AT_COUNT) > NEWEST_LOSSES_MAX;
    const found: Buffer[] = [];
    for (const note of notes) {
      if (!note.subarray(AT_SEEDS, AT_NAMES).equals(newest.subarray(AT_SEEDS, AT_NAMES))) continue;
      for (let at = HEAD_BYTES; at + LOSS_BYTES <= note.length; at += LOSS_BYTES)
        found.push(note.subarray(at, at + LOSS_BYTES));
    }
    for (const record of found.sort((a, b) => lossTimeOf(a) - lossTimeOf(b))) losses.restore(record);
  }
}

/** The pairs of a JSON list, as far as it is one. */
function pairsIn(value: Buffer): [number, unknown][] {
  try {
    const list: unknown = JSON.parse(value.toString('utf8'));
    if (!Array.isArray(list)) return [];
    return list.filter((pair): pair is [number, unknown] => Array.isArray(pair) && typeof pair[0] === 'number');
  } catch {
    return [];
  }
}

function isCause(from: unknown): from is Cause {
  const cause = from as Partial<Cause> | null;
  return typeof cause?.kind === 'string' && typeof cause.epoch === 'number' && typeof cause.atMs === 'number';
}
