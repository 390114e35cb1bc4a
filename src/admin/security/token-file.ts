import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const TOKEN_FILE = 'admin.token';
const OWNER_ONLY = 0o600;

/** Writes the token where only this user can read it, whole or not at all; the file's name. Throws what node:fs throws. */
export function writeTokenFile(dir: string, token: string): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, TOKEN_FILE);
  const next = `${path}.${process.pid}.tmp`;
  rmSync(next, { force: true });
  // 'x': neither a file nor a link that somebody else put there.
  const file = openSync(next, 'wx', OWNER_ONLY);
  try {
    writeSync(file, `${token}\n`);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
  return path;
}
