/** Something that took time, as it is told to a collector. Attributes never name a key. */
export interface SpanRecord {
  readonly name: 'larder.load' | 'larder.invalidate' | 'larder.warm_run' | 'larder.command';
  /** It asks somebody else. */
  readonly isClient?: boolean;
  /** Wall clock, ms. */
  readonly startMs: number;
  readonly endMs: number;
  readonly failure?: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** Takes spans; never throws. */
export interface SpanSink {
  add(span: SpanRecord): void;
  /** What was taken is on its way, or given up. */
  close(): Promise<void>;
}
