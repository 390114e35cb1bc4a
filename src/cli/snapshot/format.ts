import { isUtf8 } from 'node:buffer';

/**
 * A snapshot file: NDJSON, a header line and then one entry a line. `encoding` says how key, value and tags of that line
 * are written: as text when all of them are UTF-8, else all in base64.
 */
const SNAPSHOT_FORMAT = 'larder-snapshot';
const SNAPSHOT_VERSION = 1;

/** Longest line that is read: a value of 64 MiB in base64, its key and its tags. */
export const LINE_BYTES_MAX = 96 * 1024 * 1024;

export interface SnapshotEntry {
  key: Buffer;
  value: Buffer;
  /** What was left when it was exported; null: never expires. */
  ttlMs: number | null;
  tags: Buffer[];
  db: number;
}

/** A line that is no entry; the message says what was expected. */
export class BadLine extends Error {}

export function headerLine(exportedAtMs: number): string {
  const exportedAt = new Date(exportedAtMs).toISOString();
  return `${JSON.stringify({ format: SNAPSHOT_FORMAT, version: SNAPSHOT_VERSION, exported_at: exportedAt })}\n`;
}

/** Throws BadLine unless this version can read what follows. */
export function checkHeader(line: Buffer): void {
  const header = parsed(line);
  if (header.format !== SNAPSHOT_FORMAT) throw new BadLine(`expected a header with "format":"${SNAPSHOT_FORMAT}"`);
  if (header.version !== SNAPSHOT_VERSION) {
    throw new BadLine(`expected version ${SNAPSHOT_VERSION}, found ${JSON.stringify(header.version) ?? 'none'}`);
  }
}

export function entryLine(entry: SnapshotEntry): string {
  const { key, value, tags } = entry;
  if (![key, value, ...tags].every((bytes) => isUtf8(bytes))) return encoded(entry, 'base64');
  const line = encoded(entry, 'utf8');
  // Text full of control characters is longer in JSON (\u0000) than in base64.
  return Buffer.byteLength(line) > TEXT_GROWTH_MAX * (key.length + value.length) + 1024
    ? encoded(entry, 'base64')
    : line;
}

const TEXT_GROWTH_MAX = 1.3;

function encoded({ key, value, ttlMs, tags, db }: SnapshotEntry, encoding: 'utf8' | 'base64'): string {
  const write = (bytes: Buffer) => bytes.toString(encoding);
  const fields = { key: write(key), value: write(value), ttl_ms: ttlMs, tags: tags.map(write), db, encoding };
  return `${JSON.stringify(fields)}\n`;
}

/** Throws BadLine. */
export function parseEntry(line: Buffer): SnapshotEntry {
  const fields = parsed(line);
  const encoding = fields.encoding ?? 'utf8';
  if (encoding !== 'utf8' && encoding !== 'base64') throw new BadLine('expected "encoding" to be "utf8" or "base64"');
  const read = (name: string, text: unknown) => bytesIn(name, text, encoding);
  const tags = fields.tags ?? [];
  if (!Array.isArray(tags)) throw new BadLine('expected "tags" to be a list of strings');
  return {
    key: read('key', fields.key),
    value: read('value', fields.value),
    ttlMs: numberIn('ttl_ms', fields.ttl_ms ?? null, 1, null),
    tags: tags.map((tag) => read('tags', tag)),
    db: numberIn('db', fields.db ?? 0, 0, 0) ?? 0,
  };
}

function parsed(line: Buffer): Record<string, unknown> {
  if (!isUtf8(line)) throw new BadLine('expected UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    throw new BadLine('expected a JSON object');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadLine('expected a JSON object');
  return value as Record<string, unknown>;
}

const LONE_SURROGATE = /\p{Cs}/u;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function bytesIn(name: string, text: unknown, encoding: 'utf8' | 'base64'): Buffer {
  if (typeof text !== 'string') throw new BadLine(`expected "${name}" to be a string`);
  if (encoding === 'utf8' ? LONE_SURROGATE.test(text) : !BASE64.test(text)) {
    throw new BadLine(`expected "${name}" to be ${encoding === 'utf8' ? 'well-formed text' : 'base64'}`);
  }
  return Buffer.from(text, encoding);
}

function numberIn(name: string, value: unknown, min: number, absent: number | null): number | null {
  if (value === null) return absent;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
  throw new BadLine(`expected "${name}" to be a whole number, ${min} or more`);
}
