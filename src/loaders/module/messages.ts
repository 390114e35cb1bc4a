import type { LoadResult } from '../loader';

/** What a thread is asked, one at a time. */
export interface ModuleJob {
  /** Text. Empty: only whether the module is as it should be. */
  items: readonly { key: string; params: ReadonlyMap<string, string> }[];
  /** With `loadMany`, which has to be there. */
  isBatch: boolean;
  deadlineMs: number;
  sizeBytesMax: number;
  answerBytesMax: number;
}

export interface ModuleDone {
  results: LoadResult[];
  /** It held more than it should; the thread is to be ended, so that its memory comes back at once. */
  isSpent: boolean;
  /** What the module threw, for the log; its first line, cut. */
  thrown?: string;
  /** Why the module cannot be used at all, with file and line where they are known. */
  broken?: string;
}

export interface ThreadData {
  /** Absolute. */
  file: string;
}
