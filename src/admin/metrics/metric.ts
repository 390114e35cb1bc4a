/** The only labels there are; their values are the configuration's, the protocol's or ours, never a client's. */
export type Label = 'layer' | 'template' | 'reason' | 'command' | 'source' | 'state' | 'origin';

/**
 * One metric: everything that is exposed, documented, drawn and alerted on follows from this row. `from` is where the value
 * stands in STATS: section and fields, `*` for what the label says; a window in front (`1m:`) takes it over that time.
 */
export interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly from: string;
  readonly label?: Label;
  /** Members of `*` that are no values of the label. */
  readonly skip?: readonly string[];
  /** To the metric's unit. */
  readonly scale?: number;
  /** What words mean. */
  readonly words?: Readonly<Record<string, number>>;
}

/** A latency or duration in milliseconds is exposed in seconds, as Prometheus has it. */
export const SECONDS = 0.001;
