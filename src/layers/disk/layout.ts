import * as fs from 'node:fs';
import { codeOf } from './failure';

/** Names of the files, for both sides. */
export const DATABASE_NAME = 'larder.db';
/** SQLite's companions of a database file. */
export const SUFFIXES = ['', '-wal', '-shm', '-journal'] as const;

/** Beside the database: if there is such a file, the database is not to be trusted. Outlives the machine's end. */
export function distrustMarkIn(dir: string): string {
  return `${databasePath(dir)}.distrusted`;
}

export function databasePath(dir: string): string {
  return `${dir}/${DATABASE_NAME}`;
}

/** A removal or rename that must survive a power cut needs its directory synced. */
export function syncDirectory(dir: string): void {
  const fd = fs.openSync(dir, fs.constants.O_RDONLY);
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Makes sure that nothing in the database can ever be served again. The main file goes first: without it, SQLite ignores
 * the rest. `durable`: also after a power cut. Throws if it cannot be removed.
 */
export function destroyDatabase(dir: string, durable: boolean): void {
  const path = databasePath(dir);
  for (const suffix of SUFFIXES) {
    try {
      fs.unlinkSync(path + suffix);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && suffix === '') throw error;
    }
  }
  if (durable) syncDirectory(dir);
}
