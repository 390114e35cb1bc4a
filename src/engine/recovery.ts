import { type Bytes, bytesOf, latin1Of } from '../base/bytes';
import type { Core } from './core';
import { PHYSICAL_DATABASES } from './databases';

/** Saved among the edges, under numbers that no database has: keys changed while the directory is read, by database. */
const CHANGED_DATABASES = 128;
/** The same, for one row: that there may be values bound to sources. */
const BOUND_ROWS = 255;

/** The time while the directory is read from disk: what is not to be believed of the rows that come. */
export class Recovery {
  /** Keys that left meanwhile: rows of theirs that come later are old. */
  readonly left = new Set<string>();
  /**
   * Values that were bound to sources may be on disk. Their edges come with their rows, so while these are read, the keys
   * that change are remembered on disk too: a crash must not bring back what was made from them.
   */
  private hasBoundRows = false;

  constructor(private readonly core: Core) {}

  /** From here on keys may be on disk that the directory does not know yet. */
  begin(): void {
    const { core } = this;
    if (!core.complete) return;
    core.complete = false;
    core.changes.hold();
  }

  /** Every row of the disk is known. */
  end(): void {
    const { core } = this;
    if (core.complete) return;
    core.complete = true;
    if (core.disk !== null) core.disk.defersKills = true;
    // Those that had to die did.
    if (this.hasBoundRows)
      for (let db = 0; db < PHYSICAL_DATABASES; db++) core.disk?.clearEdges(CHANGED_DATABASES + db);
    this.left.clear();
    core.changes.release();
  }

  /** An edge as it was saved: a declared one, or what else is kept among them. */
  loadEdge(db: number, source: string, dependent: string): void {
    const { core } = this;
    if (db === BOUND_ROWS) this.hasBoundRows = true;
    else if (db >= CHANGED_DATABASES) {
      core.changes.record(core.memory.hashKey(db - CHANGED_DATABASES, bytesOf(source)), core.epochs.current);
    } else core.graph.add(db, bytesOf(dependent), bytesOf(source), false);
  }

  /** Into a new file: that there may be rows with sources. */
  saveBoundRows(): void {
    if (this.hasBoundRows) this.core.disk?.edge(true, BOUND_ROWS, '', '');
  }

  /** A value was bound to sources. */
  bound(): void {
    if (this.hasBoundRows) return;
    this.hasBoundRows = true;
    this.saveBoundRows();
  }

  /** A key changed before the directory is complete. */
  changed(db: number, key: Bytes): void {
    if (this.hasBoundRows) this.core.disk?.edge(true, CHANGED_DATABASES + db, latin1Of(key), '');
  }
}
