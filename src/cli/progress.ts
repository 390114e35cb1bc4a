import { Presets, SingleBar } from 'cli-progress';
import type { Context } from './context';

export interface Progress {
  update(done: number): void;
  stop(): void;
}

const SILENT: Progress = { update: () => {}, stop: () => {} };

/** A bar on stderr while something takes long; silent when stderr is no terminal, or when the total is not known. */
export function progressBar(context: Context, what: string, total: number, unit: string): Progress {
  const { stderr } = context.io;
  if (!stderr.isTTY || total <= 0) return SILENT;
  const format = `${what} {bar} {percentage} % | {value}/{total} ${unit} | {eta_formatted} left`;
  const bar = new SingleBar({ stream: stderr, format, clearOnComplete: true, etaBuffer: 50 }, Presets.shades_classic);
  bar.start(total, 0);
  return {
    update: (done) => bar.update(Math.min(done, total)),
    stop: () => bar.stop(),
  };
}
