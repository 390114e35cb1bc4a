import os from 'node:os';
import v8 from 'node:v8';
import type { ProcessFacts } from '../monitoring/sources';

/** This process, on this machine. */
export function processFacts(): ProcessFacts {
  return {
    pid: process.pid,
    executable: process.argv[1] ?? process.execPath,
    os: `${os.type()} ${os.release()} ${os.machine()}`,
    archBits: /64|s390x/.test(process.arch) ? 64 : 32,
    nodeVersion: process.version,
    systemMemoryBytes: os.totalmem(),
    rssBytes: () => process.memoryUsage.rss(),
    heapBytes: () => v8.getHeapStatistics().used_heap_size,
    cpu: () => process.cpuUsage(),
  };
}
