import { OTHER_TEMPLATES } from '../../monitoring/api';
import type { Sample } from './resolve';

/** Of all lines with templates in one exposition. */
export const TEMPLATE_BYTES_MAX = 28 * 1024;
const TEMPLATES_SHOWN_MAX = 200;
/** Besides the template, of one line. */
const LINE_BYTES = 56;
/** Who is shown is decided anew so often. */
const ELECTED_MS = 3_600_000;

/**
 * Which templates have series of their own: the busiest, as many as fit; the rest is added up as OTHER_TEMPLATES. A template that
 * got series keeps them for an hour, so that lines do not come and go with each look. What leaves or enters the others never
 * makes their counters fall.
 */
export class TemplateSeries {
  private shown = new Set<string>();
  private roomBytes = 0;
  private electAtMs = Number.NEGATIVE_INFINITY;
  /** By metric: what the others had in all, and at the last look. */
  private readonly others = new Map<string, { sum: number; last: Map<string, number> }>();

  /** `metrics`: how many have templates. */
  constructor(private readonly metrics: number) {}

  /** `templates`: names of now, the busiest first. */
  elect(templates: readonly string[], nowMs: number): void {
    if (nowMs >= this.electAtMs) {
      this.electAtMs = nowMs + ELECTED_MS;
      this.shown = new Set();
      this.roomBytes = TEMPLATE_BYTES_MAX;
    }
    for (const template of templates) {
      const bytes = this.metrics * (LINE_BYTES + Buffer.byteLength(template));
      if (template === OTHER_TEMPLATES || this.shown.has(template)) continue;
      if (this.shown.size >= TEMPLATES_SHOWN_MAX || bytes > this.roomBytes) continue;
      this.roomBytes -= bytes;
      this.shown.add(template);
    }
  }

  /** The samples of one metric, those of the others put together. */
  fold(metric: string, samples: readonly Sample[]): Sample[] {
    const others = this.others.get(metric) ?? { sum: 0, last: new Map<string, number>() };
    this.others.set(metric, others);
    const last = new Map<string, number>();
    for (const { label, value } of samples) {
      if (this.shown.has(label)) continue;
      // One that was set back begins at zero.
      const before = others.last.get(label) ?? 0;
      others.sum += value >= before ? value - before : value;
      last.set(label, value);
    }
    others.last = last;
    const shown = samples.filter(({ label }) => this.shown.has(label));
    return last.size === 0 && others.sum === 0 ? shown : [...shown, { label: OTHER_TEMPLATES, value: others.sum }];
  }
}
