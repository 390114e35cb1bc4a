import type { Database } from 'better-sqlite3';

/** PRAGMA user_version. A file with a higher one is put aside; a lower one is migrated in one transaction. */
export const FORMAT_VERSION = 3;

const NOTES = 'CREATE TABLE notes (name BLOB PRIMARY KEY, checksum INTEGER NOT NULL, value BLOB NOT NULL)';

const SOFT_COLUMNS = [
  'soft_epoch INTEGER NOT NULL DEFAULT 0',
  'soft_wall_ms REAL NOT NULL DEFAULT 0',
  'stagger_ms INTEGER NOT NULL DEFAULT 0',
];

/**
 * What makes a file of each older version one of the next, by that older version. Never changed once released. Up to
 * version 1 rows were named by another hash of the key, so nothing would find them.
 */
const MIGRATIONS: Record<number, string> = {
  1: `${NOTES}; DELETE FROM entries; DELETE FROM heat; UPDATE meta SET value = 0 WHERE name IN ('rows', 'live_bytes')`,
  2: SOFT_COLUMNS.map((column) => `ALTER TABLE tags ADD COLUMN ${column};`).join(' '),
};

/**
 * `entries.head` is everything but the value, packed (see ../row.ts): one blob a row is read and written several times as
 * fast as a column a field. `version` is a column of its own so that the oldest can be found.
 */
const TABLES = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE entries (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, checksum INTEGER NOT NULL,
                        head BLOB NOT NULL, value BLOB NOT NULL);
  CREATE INDEX entries_by_version ON entries (version);
  CREATE TABLE tags (name BLOB PRIMARY KEY, hard_epoch INTEGER NOT NULL, ${SOFT_COLUMNS.join(', ')}) WITHOUT ROWID;
  CREATE TABLE edges (db INTEGER, source BLOB, dependent BLOB, PRIMARY KEY (db, source, dependent)) WITHOUT ROWID;
  CREATE TABLE floors (db INTEGER PRIMARY KEY, version INTEGER NOT NULL, reclaimed INTEGER NOT NULL);
  CREATE TABLE heat (chunk INTEGER PRIMARY KEY, ids BLOB NOT NULL);
  ${NOTES};
`;

export function createSchema(db: Database): void {
  db.exec(TABLES);
  db.pragma(`user_version = ${FORMAT_VERSION}`);
}

/** Brings an older file up to date, in one transaction: after a crash it is of the old version or of this one. */
export function migrate(db: Database, from: number): void {
  db.transaction(() => {
    for (let version = from; version < FORMAT_VERSION; version++) db.exec(MIGRATIONS[version]!);
    db.pragma(`user_version = ${FORMAT_VERSION}`);
  })();
}

const SHAPE = [
  'SELECT name, value FROM meta',
  'SELECT id, version, checksum, head, value FROM entries INDEXED BY entries_by_version ORDER BY version',
  'SELECT name, hard_epoch, soft_epoch, soft_wall_ms, stagger_ms FROM tags',
  'SELECT db, source, dependent FROM edges',
  'SELECT db, version, reclaimed FROM floors',
  'SELECT chunk, ids FROM heat',
  'SELECT name, checksum, value FROM notes',
];

/** Throws SQLITE_ERROR `no such ...` if the tables are not these. */
export function checkSchema(db: Database): void {
  for (const sql of SHAPE) db.prepare(sql);
}

/** Facts about the whole file: numbers, short texts and blobs by name. */
export class Meta {
  private readonly select;
  private readonly upsert;

  constructor(db: Database) {
    this.select = db.prepare<[string], unknown>('SELECT value FROM meta WHERE name = ?').pluck();
    this.upsert = db.prepare<[string, unknown]>('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)');
  }

  set(name: string, value: number | string | Buffer): void {
    this.upsert.run(name, value);
  }

  number(name: string): number {
    const value = this.select.get(name);
    return typeof value === 'number' ? value : 0;
  }

  text(name: string): string {
    const value = this.select.get(name);
    return typeof value === 'string' ? value : '';
  }

  blob(name: string): Buffer | null {
    const value = this.select.get(name);
    return Buffer.isBuffer(value) ? value : null;
  }
}
