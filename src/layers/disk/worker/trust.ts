import * as fs from 'node:fs';
import { holdsFrames, type JournalRef, readJournal } from '../journal-file';
import type { OpenRequest } from '../messages';
import type { Meta } from './schema';
import { readMark } from './watermark';

/** The file is not what it should be: put it aside and begin anew. */
export class Unfit extends Error {
  constructor(
    readonly kind: 'corrupt' | 'newer' | 'untrusted',
    message: string,
  ) {
    super(message);
  }
}

/** Name of the count of transactions in `meta`. */
export const APPLIED = 'applied';
const SESSION = /^(.*-[0-9a-f]{16})\.[abn]$/;

export interface Left {
  clean: boolean;
  /** What the journals say that the file may not know, in order. */
  frames: Buffer[];
  journals: JournalRef[];
}

/**
 * What the last sessions left, if the file can be trusted to be what it was when they ended; throws Unfit if not, or if
 * that cannot be known. The machine's own end is judged by the boot, damage of the log by the watermarks. `walFrames`: what
 * SQLite took for the whole log before anything was written.
 */
export function whatIsLeft(meta: Meta, request: OpenRequest, walFrames: number): Left {
  const clean = meta.number('clean') === 1;
  const journals = journalsOf(meta);
  for (const session of sessionsBeside(request)) {
    if (journals.some(({ dir, name }) => dir === session.dir && name === session.name)) continue;
    if (readMark(session)?.isComplete !== true && holdsFrames(session))
      throw new Unfit('untrusted', 'it does not know its newest session');
    refuseIfBehind(session, meta, walFrames);
  }
  if (clean) return { clean, frames: [], journals };
  if (meta.text('durability') === 'power' && journals.length === 0) return { clean, frames: [], journals };
  if (meta.text('boot_id') !== request.bootId) throw new Unfit('untrusted', 'unclean stop of the machine');
  return { clean, frames: journals.flatMap((journal) => framesOf(journal, meta, walFrames)), journals };
}

function framesOf(journal: JournalRef, meta: Meta, walFrames: number): Buffer[] {
  const frames = readJournal(journal);
  if (frames === null || readMark(journal) === null)
    throw new Unfit('untrusted', 'unclean stop, and the journal is missing');
  refuseIfBehind(journal, meta, walFrames);
  return frames;
}

/** The file had come further, or a copying of the log that was cut short cannot be repeated. */
function refuseIfBehind(session: JournalRef, meta: Meta, walFrames: number): void {
  const mark = readMark(session);
  if (mark === null) return;
  if (meta.number(APPLIED) < mark.applied || walFrames < mark.walFrames)
    throw new Unfit('untrusted', 'the write-ahead log lost what was in it');
}

/** Earlier sessions of this data directory that left something in the journal's directory. */
function sessionsBeside({ session, journalDir, journalPrefix }: OpenRequest): JournalRef[] {
  const names = new Set<string>();
  for (const file of fs.readdirSync(journalDir)) {
    const name = file.startsWith(journalPrefix) ? SESSION.exec(file)?.[1] : undefined;
    if (name !== undefined && name !== session.name && isTheirs(`${journalDir}/${file}`)) names.add(name);
  }
  return [...names].map((name) => ({ dir: journalDir, name }));
}

/** In a directory for all, others may put files of any name. */
function isTheirs(path: string): boolean {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  return stat !== undefined && (stat.uid === 0 || stat.uid === process.geteuid?.());
}

function journalsOf(meta: Meta): JournalRef[] {
  try {
    return JSON.parse(meta.text('journals') || '[]') as JournalRef[];
  } catch {
    throw new Unfit('corrupt', 'the meta table is not whole');
  }
}
