import { emitKeypressEvents } from 'node:readline';
import type { Connect, Io } from './io';

/** The real world around cachectl. */
export function processIo(connect: Connect, version: string): Io {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    version,
    clock: { fineMs: () => performance.now() },
    wallMs: () => Date.now(),
    random: () => Math.random(),
    scheduler: {
      after(delayMs, run) {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
    },
    connect,
    onStop,
  };
}

/** Ctrl-C anywhere; on a terminal also q, for which keys must arrive one by one. */
function onStop(stop: () => void): () => void {
  const { stdin } = process;
  process.on('SIGINT', stop);
  if (!stdin.isTTY) return () => process.off('SIGINT', stop);
  const onKey = (_: string | undefined, key: { name?: string; ctrl?: boolean }) => {
    if (key.name === 'q' || (key.ctrl && key.name === 'c')) stop();
  };
  emitKeypressEvents(stdin);
  stdin.setRawMode(true).on('keypress', onKey).resume();
  return () => {
    stdin.off('keypress', onKey).setRawMode(false).pause();
    process.off('SIGINT', stop);
  };
}
