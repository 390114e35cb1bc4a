import type { EventEmitter } from 'node:events';

/** A promise that settles once; `settle` says whether this was the time. */
export function leave<T>(run: (settle: (value: T) => boolean) => void): Promise<T> {
  return new Promise((resolve) => {
    let settled = false;
    run((value) => {
      if (settled) return false;
      settled = true;
      resolve(value);
      return true;
    });
  });
}

/** Calls `over` once more than `bytesMax` have arrived from now on; returns what ends the watch. */
export function whenOver(stream: EventEmitter, bytesMax: number, over: () => void): () => void {
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bytesMax) over();
  };
  stream.on('data', count);
  return () => stream.removeListener('data', count);
}
