import { createHash, timingSafeEqual } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import { dirname } from 'node:path';
import { ByteReader, ByteWriter } from './bytes-io';
import { decode, encode } from './encoding';
import type { Learned } from './learned';

/** A larger file is not read, and none is written. */
export const FILE_BYTES_MAX = 64 << 20;
const MAGIC = Buffer.from('LARDLRN');
/** Another number is another format: such a file is left out, and written over with the next save. */
const VERSION = 1;
const DIGEST_BYTES = 32;
/** Magic, version, SHA-256 of all that follows. */
export const HEADER_BYTES = MAGIC.length + 1 + DIGEST_BYTES;
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** Why what was there was not used. */
export type ReadOutcome = { kind: 'read' } | { kind: 'missing' } | { kind: 'ignored'; reason: string };

/**
 * What was learned, in a small file of its own: it is there when the disk layer's rows are lost, and without a disk layer. Whole
 * or not at all: written beside and renamed, checked by a hash when read.
 */
export class LearnedFile {
  constructor(readonly path: string) {}

  /** Fills `learned`; leaves it empty if the file is not what it should be. Never rejects. */
  async read(learned: Learned, wallMs: number): Promise<ReadOutcome> {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    let bytes: Buffer;
    try {
      const file = await fs.open(this.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      try {
        const stat = await file.stat();
        if (!stat.isFile()) return ignored('not a regular file');
        if (stat.size > FILE_BYTES_MAX) return ignored(`larger than ${FILE_BYTES_MAX} bytes`);
        if (stat.size < HEADER_BYTES) return ignored('it ends too early');
        bytes = Buffer.alloc(stat.size);
        const { bytesRead } = await file.read(bytes, 0, stat.size, 0);
        if (bytesRead < stat.size) return ignored('it ends too early');
      } finally {
        await file.close();
      }
    } catch (failure) {
      return (failure as NodeJS.ErrnoException).code === 'ENOENT' ? { kind: 'missing' } : ignored(messageOf(failure));
    }
    return parse(bytes, learned, wallMs);
  }

  /** What is to be written, in steps of at most about a tenth of a millisecond. */
  *encode(learned: Learned, wallMs: number): Generator<void, Buffer[], void> {
    const chunks: Buffer[] = [Buffer.alloc(0)];
    const hash = createHash('sha256');
    const writer = new ByteWriter((chunk) => {
      hash.update(chunk);
      chunks.push(chunk);
    });
    yield* encode(learned, writer, wallMs);
    chunks[0] = Buffer.concat([MAGIC, Buffer.from([VERSION]), hash.digest()]);
    return chunks;
  }

  /** Replaces the file; rejects if it cannot. Returns its bytes. */
  async write(chunks: readonly Buffer[]): Promise<number> {
    const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (sizeBytes > FILE_BYTES_MAX) throw new Error(`it would be larger than ${FILE_BYTES_MAX} bytes`);
    const next = `${this.path}.next`;
    await fs.mkdir(dirname(this.path), { recursive: true, mode: DIRECTORY_MODE });
    await fs.rm(next, { force: true });
    const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
    const file = await fs.open(next, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, FILE_MODE);
    try {
      for (const chunk of chunks) await file.write(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(next, this.path);
    return sizeBytes;
  }
}

function parse(bytes: Buffer, learned: Learned, wallMs: number): ReadOutcome {
  const version = bytes[MAGIC.length];
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return ignored('not a file of what was learned');
  if (version !== VERSION) return ignored(`format ${version}, this server knows ${VERSION}`);
  const payload = bytes.subarray(HEADER_BYTES);
  const digest = createHash('sha256').update(payload).digest();
  if (!timingSafeEqual(digest, bytes.subarray(MAGIC.length + 1, HEADER_BYTES))) return ignored('it is damaged');
  try {
    decode(learned, new ByteReader(payload), wallMs);
    return { kind: 'read' };
  } catch (failure) {
    learned.clear();
    return ignored(messageOf(failure));
  }
}

function ignored(reason: string): ReadOutcome {
  return { kind: 'ignored', reason };
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
