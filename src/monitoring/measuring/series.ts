import { LogHistogram } from './log-histogram';

/** What there are histograms of: each layer, all commands, how late the event loop is. */
export const HISTOGRAMS = ['memory', 'disk', 'origin', 'commands', 'loop'] as const;
export type HistogramName = (typeof HISTOGRAMS)[number];
export type Histograms = Readonly<Record<HistogramName, LogHistogram>>;

export function histograms(): Histograms {
  const one = () => new LogHistogram();
  return { memory: one(), disk: one(), origin: one(), commands: one(), loop: one() };
}
