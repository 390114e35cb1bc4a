import type { Reply } from '../../../protocol/reply-reader';
import { type Argument, type Connection, typed } from '../io';
import { bufferOf, buffersOf, listOf, numberOf } from '../replies';
import { entryLine } from './format';

/** Larger values are not exported; Larder has none. */
const VALUE_BYTES_MAX = 64 * 1024 * 1024;
/** Keys asked for at a time. */
const PAGE_KEYS = 500;
/** Value bytes that may be on their way at a time (one value may be larger). */
const BATCH_BYTES_MAX = 8 * 1024 * 1024;

export interface ExportCounts {
  exported: number;
  /** Gone between being listed and being read. */
  vanished: number;
  /** Values that are not strings, or larger than VALUE_BYTES_MAX. */
  skipped: number;
}

interface Candidate {
  key: Buffer;
  lengthBytes: number;
  ttlMs: number | null;
  tags: Buffer[];
}

/**
 * Writes every string entry of the connection's database, page by page. The parts of an entry are read one after the
 * other, not as one: an entry written meanwhile may keep the TTL and tags of the value before it.
 */
export async function exportDatabase(
  connection: Connection,
  options: { db: number; match?: string },
  write: (lines: string) => Promise<void>,
  progress: (keysSeen: number) => void,
): Promise<ExportCounts> {
  const counts: ExportCounts = { exported: 0, vanished: 0, skipped: 0 };
  const withTags = await knowsTags(connection);
  const match: Argument[] = options.match === undefined ? [] : ['MATCH', typed(options.match)];
  let cursor: Buffer = Buffer.from('0');
  let seen = 0;
  do {
    const [next, page] = listOf(await connection.call('SCAN', cursor, ...match, 'COUNT', PAGE_KEYS));
    cursor = bufferOf(next);
    const keys = distinct(buffersOf(page ?? []));
    const candidates = await inspect(connection, keys, withTags, counts);
    for (const batch of batches(candidates)) await writeBatch(connection, batch, options.db, write, counts);
    progress((seen += keys.length));
  } while (cursor.toString('latin1') !== '0');
  return counts;
}

async function knowsTags(connection: Connection): Promise<boolean> {
  const [reply] = await connection.pipeline([['TAGLIST', '']]);
  if (!(reply instanceof Error)) return true;
  if (reply.message.startsWith('ERR unknown command')) return false;
  throw reply;
}

/** SCAN may name a key twice. */
function distinct(keys: readonly Buffer[]): Buffer[] {
  return [...new Map(keys.map((key) => [key.toString('latin1'), key])).values()];
}

/** What there is to know before the values are asked for; keys that are gone or no strings are counted, not returned. */
async function inspect(
  connection: Connection,
  keys: readonly Buffer[],
  withTags: boolean,
  counts: ExportCounts,
): Promise<Candidate[]> {
  const questions = withTags ? ['STRLEN', 'PTTL', 'TAGLIST'] : ['STRLEN', 'PTTL'];
  const replies = await connection.pipeline(keys.flatMap((key) => questions.map((question) => [question, key])));
  const candidates: Candidate[] = [];
  keys.forEach((key, i) => {
    const [length, ttl, tags] = replies.slice(i * questions.length, (i + 1) * questions.length);
    const lengthBytes = isWrongType(length) ? Number.POSITIVE_INFINITY : numberOf(length ?? null);
    const ttlMs = numberOf(ttl ?? null);
    if (ttlMs === -2 || ttlMs === 0) counts.vanished++;
    else if (lengthBytes > VALUE_BYTES_MAX) counts.skipped++;
    else candidates.push({ key, lengthBytes, ttlMs: ttlMs < 0 ? null : ttlMs, tags: tagsIn(tags) });
  });
  return candidates;
}

function isWrongType(reply: Reply | undefined): boolean {
  return reply instanceof Error && reply.message.startsWith('WRONGTYPE');
}

function tagsIn(reply: Reply | undefined): Buffer[] {
  if (reply instanceof Error) throw reply;
  return Array.isArray(reply) ? buffersOf(reply) : [];
}

function* batches(candidates: readonly Candidate[]): Generator<Candidate[]> {
  let batch: Candidate[] = [];
  let bytes = 0;
  for (const candidate of candidates) {
    if (batch.length > 0 && bytes + candidate.lengthBytes > BATCH_BYTES_MAX) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(candidate);
    bytes += candidate.lengthBytes;
  }
  if (batch.length > 0) yield batch;
}

async function writeBatch(
  connection: Connection,
  batch: readonly Candidate[],
  db: number,
  write: (lines: string) => Promise<void>,
  counts: ExportCounts,
): Promise<void> {
  const values = await connection.pipeline(batch.map(({ key }) => ['GET', key]));
  let lines = '';
  batch.forEach(({ key, ttlMs, tags }, i) => {
    const value = values[i] ?? null;
    if (value === null) counts.vanished++;
    else if (isWrongType(value)) counts.skipped++;
    else {
      lines += entryLine({ key, value: bufferOf(value), ttlMs, tags, db });
      counts.exported++;
    }
  });
  if (lines !== '') await write(lines);
}
