import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { emptyHistogram, type SentFigures } from './load-plan';

/** What a loop writes down; `mark` and the end send it and begin a new page. */
export class Record {
  requests = 0;
  errors = 0;
  nulls = 0;
  firstError = '';
  latencyUs = emptyHistogram();
  lagUs = emptyHistogram();
  private sinceMs = performance.now();

  turnPage(): SentFigures {
    const now = performance.now();
    const { requests, errors, nulls, firstError } = this;
    const page: SentFigures = {
      ...{ requests, errors, nulls, firstError, elapsedMs: now - this.sinceMs },
      latencyUs: encodeIntoCompressedBase64(this.latencyUs),
      lagUs: encodeIntoCompressedBase64(this.lagUs),
    };
    this.requests = this.errors = this.nulls = 0;
    this.latencyUs.reset();
    this.lagUs.reset();
    this.sinceMs = now;
    return page;
  }
}

/** A loop under way: connected, running until it ends by its plan or `stop` is called. */
export interface Loop {
  done: Promise<void>;
  stop(): void;
}
