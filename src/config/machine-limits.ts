/** What the machine gives this process; absent where it is unknown or unlimited. */
export interface MachineLimits {
  /** File descriptors (`ulimit -n`). */
  openFiles?: number;
  /** Memory of the control group, in bytes. */
  memoryBytes?: number;
}

/** Descriptors kept for files, sources and the listener. */
const OPEN_FILES_RESERVED = 64;

/** Reads Linux's files; on other systems there are none and nothing is limited. */
export function readMachineLimits(readFile: (path: string) => Buffer): MachineLimits {
  const read = (path: string) => {
    try {
      return readFile(path).toString('latin1');
    } catch {
      return '';
    }
  };
  const openFiles = /^Max open files\s+(\d+)/m.exec(read('/proc/self/limits'))?.[1];
  const memoryBytes = /^(\d+)\s*$/.exec(read('/sys/fs/cgroup/memory.max'))?.[1];
  return {
    ...(openFiles !== undefined && { openFiles: Number(openFiles) }),
    ...(memoryBytes !== undefined && { memoryBytes: Number(memoryBytes) }),
  };
}

/** Connections that fit the open-file limit. */
export function clientsMax(limits: MachineLimits): number {
  return limits.openFiles === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(1, limits.openFiles - OPEN_FILES_RESERVED);
}
