import * as fs from 'node:fs';
import { crc32 } from './checksum';

/**
 * The journal's format: a header, then frames, each the ops of one loop turn: length u32, crc32 u32, ops. A frame that is
 * cut or does not match its checksum ends the file: it was never acknowledged.
 */
export interface JournalRef {
  dir: string;
  /** The two files are `<name>.a` and `<name>.b`. */
  name: string;
}

export const JOURNAL_HEADER_BYTES = 32;
export const FRAME_HEAD_BYTES = 8;
const MAGIC = 'LRDRJNL1';
const ID_BYTES = 16;
const AT_ID = 8;
const AT_GENERATION = 24;

export function journalPaths(ref: JournalRef): [string, string] {
  return [`${ref.dir}/${ref.name}.a`, `${ref.dir}/${ref.name}.b`];
}

/** The last 16 characters of the name tell whose file it is. */
function idOf(ref: JournalRef): string {
  return ref.name.slice(-ID_BYTES).padStart(ID_BYTES, '0');
}

export function journalHeader(ref: JournalRef, generation: number): Buffer {
  const header = Buffer.alloc(JOURNAL_HEADER_BYTES);
  header.write(MAGIC, 0, 'latin1');
  header.write(idOf(ref), AT_ID, 'latin1');
  header.writeDoubleLE(generation, AT_GENERATION);
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

/** The ops of each whole frame of a journal file. */
export function framesOf(file: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = JOURNAL_HEADER_BYTES; at + FRAME_HEAD_BYTES <= file.length; ) {
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
  if (file.length < JOURNAL_HEADER_BYTES) return null;
  if (file.toString('latin1', 0, AT_ID) !== MAGIC || file.toString('latin1', AT_ID, AT_GENERATION) !== idOf(ref))
    return null;
  return { generation: file.readDoubleLE(AT_GENERATION), frames: framesOf(file) };
}

/** All frames in the order they were written, or null if one of the two files is not there or not ours. */
export function readJournal(ref: JournalRef): Buffer[] | null {
  const contents = journalPaths(ref).map((path) => contentOf(ref, path));
  if (contents.includes(null)) return null;
  return (contents as JournalContent[])
    .sort((a, b) => a.generation - b.generation)
    .flatMap((content) => content.frames);
}

export function removeJournal(ref: JournalRef): void {
  for (const path of journalPaths(ref)) fs.rmSync(path, { force: true });
}
