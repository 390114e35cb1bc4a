import * as fs from 'node:fs';
import { crc32 } from './checksum';

/**
 * The journal's format: a header that also says whose it is, then frames, each the ops of one loop turn: length u32, crc32 u32, ops. A frame that is
 * cut or does not match its checksum ends the file: it was never acknowledged.
 */
export interface JournalRef {
  dir: string;
  /** The two files are `<name>.a` and `<name>.b`. */
  name: string;
}

/** Who needs the journal. */
export interface JournalOwner {
  dataDir: string;
  pid: number;
  /** When the process began, as the system counts it: a later process may have its number. */
  startedAt: string;
  /** Namespaces in which `dataDir` and `pid` mean something; '' if unknown. */
  space: string;
}

/** Beside the two files: what the worker says about the database (see worker/watermark.ts). */
export function watermarkPath(ref: JournalRef): string {
  return `${ref.dir}/${ref.name}.n`;
}

export const FRAME_HEAD_BYTES = 8;
const MAGIC = 'LRDRJNL2';
const ID_BYTES = 16;
const AT_ID = 8;
const AT_GENERATION = 24;
const AT_OWNER_BYTES = 32;
const AT_OWNER = 34;

export function journalPaths(ref: JournalRef): [string, string] {
  return [`${ref.dir}/${ref.name}.a`, `${ref.dir}/${ref.name}.b`];
}

/** The last 16 characters of the name tell whose file it is. */
function idOf(ref: JournalRef): string {
  return ref.name.slice(-ID_BYTES).padStart(ID_BYTES, '0');
}

export function journalHeader(ref: JournalRef, generation: number, owner: JournalOwner): Buffer {
  const whose = Buffer.from(JSON.stringify(owner));
  const header = Buffer.alloc(AT_OWNER + whose.length);
  header.write(MAGIC, 0, 'latin1');
  header.write(idOf(ref), AT_ID, 'latin1');
  header.writeDoubleLE(generation, AT_GENERATION);
  header.writeUInt16LE(whose.length, AT_OWNER_BYTES);
  whose.copy(header, AT_OWNER);
  return header;
}

/** Fills in the head of a frame whose ops begin at FRAME_HEAD_BYTES. */
export function sealFrame(buf: Buffer, end: number): void {
  buf.writeUInt32LE(end - FRAME_HEAD_BYTES, 0);
  buf.writeUInt32LE(crc32(buf.subarray(FRAME_HEAD_BYTES, end)), 4);
}

interface JournalContent {
  generation: number;
  frames: Buffer[];
}

/** Bytes of the header; 0 if it is not whole, or not one. */
function headerBytesOf(file: Buffer): number {
  if (file.length < AT_OWNER || file.toString('latin1', 0, AT_ID) !== MAGIC) return 0;
  const bytes = AT_OWNER + file.readUInt16LE(AT_OWNER_BYTES);
  return bytes <= file.length ? bytes : 0;
}

/** Whose journal begins with these bytes; null if they do not say. */
export function ownerIn(file: Buffer): JournalOwner | null {
  const headerBytes = headerBytesOf(file);
  if (headerBytes === 0) return null;
  try {
    const owner = JSON.parse(file.toString('utf8', AT_OWNER, headerBytes)) as Partial<JournalOwner> | null;
    const { dataDir, pid, startedAt, space } = owner ?? {};
    if (typeof dataDir !== 'string' || typeof pid !== 'number') return null;
    return typeof startedAt === 'string' && typeof space === 'string' ? { dataDir, pid, startedAt, space } : null;
  } catch {
    return null;
  }
}

/** The ops of each whole frame of a journal file. */
export function framesOf(file: Buffer, headerBytes = headerBytesOf(file)): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = headerBytes; at + FRAME_HEAD_BYTES <= file.length; ) {
    const end = at + FRAME_HEAD_BYTES + file.readUInt32LE(at);
    if (end > file.length) break;
    const ops = file.subarray(at + FRAME_HEAD_BYTES, end);
    if (crc32(ops) !== file.readUInt32LE(at + 4)) break;
    frames.push(ops);
    at = end;
  }
  return frames;
}

function contentOf(ref: JournalRef, path: string): JournalContent | null {
  let file: Buffer;
  try {
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    try {
      file = fs.readFileSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return null;
  }
  if (file.length === 0) return { generation: 0, frames: [] };
  const headerBytes = headerBytesOf(file);
  if (headerBytes === 0 || file.toString('latin1', AT_ID, AT_GENERATION) !== idOf(ref)) return null;
  return { generation: file.readDoubleLE(AT_GENERATION), frames: framesOf(file, headerBytes) };
}

/** All frames in the order they were written, or null if one of the two files is not there or not ours. */
export function readJournal(ref: JournalRef): Buffer[] | null {
  const contents = journalPaths(ref).map((path) => contentOf(ref, path));
  if (contents.includes(null)) return null;
  return (contents as JournalContent[])
    .sort((a, b) => a.generation - b.generation)
    .flatMap((content) => content.frames);
}

/** Whether anything was ever said in it, as far as it can be read. */
export function holdsFrames(ref: JournalRef): boolean {
  return journalPaths(ref).some((path) => (contentOf(ref, path)?.frames.length ?? 0) > 0);
}

export function removeJournal(ref: JournalRef): void {
  for (const path of [...journalPaths(ref), watermarkPath(ref)]) fs.rmSync(path, { force: true });
}
