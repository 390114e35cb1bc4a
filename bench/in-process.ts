import { fork } from 'node:child_process';
import { join } from 'node:path';
import { hasEnded, willKill } from './processes';

export interface InProcessPlan {
  measure: 'lru-cache-memory' | 'lru-cache-speed' | 'bentocache-speed';
  entries: number;
  /** How long each of get and set is repeated. */
  seconds?: number;
}

export interface InProcessFigures {
  bytesPerEntry?: number;
  getsPerSecond?: number;
  setsPerSecond?: number;
}

/** Measures a library in a Node process of its own: nothing else is in its heap. */
export function inProcess(plan: InProcessPlan): Promise<InProcessFigures> {
  const child = fork(join(__dirname, 'in-process-worker.js'), {
    execArgv: ['--expose-gc', '--max-old-space-size=8192'],
  });
  if (child.pid !== undefined) willKill(child.pid);
  return new Promise((resolve, reject) => {
    child.once('message', (figures: InProcessFigures) => resolve(figures));
    child.once('exit', (code) => {
      if (child.pid !== undefined) hasEnded(child.pid);
      reject(new Error(`in-process measurement ended with ${code}`));
    });
    child.send(plan);
  });
}
