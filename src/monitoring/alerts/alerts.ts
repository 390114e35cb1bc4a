import type { Cancel, World } from '../../base/world';
import { ALERT_MEASURES, type AlertSections } from '../../config';
import { Alert } from './alert';
import type { Readings } from './readings';
import { Webhook } from './webhook';

const ALERTS_CHANNEL = '__larder__:alerts';
const EVERY_MS = 10_000;

/** What is told of an alert, as JSON, on the channel and to the webhook. */
export interface AlertMessage {
  readonly node: string;
  readonly alert: string;
  readonly state: 'firing' | 'resolved';
  readonly severity: string;
  readonly measure: string;
  readonly template?: string;
  readonly value: number;
  readonly limit: number;
  readonly message: string;
  /** ISO 8601, wall clock. */
  readonly at: string;
}

export interface AlertsParts {
  sections: AlertSections;
  readings: Readings;
  world: World;
  /** The node's name. */
  node: string;
  /** response-time-target-ms */
  targetMs: () => number;
  announce: (channel: string, message: Buffer) => void;
}

/** What was last told of an alert. */
interface Told {
  isFiring: boolean;
  atMs: number;
}

/**
 * Looks at all rules every 10 seconds. What changes is told once to the log, the channel and the webhook; an alert that comes
 * and goes is told of again only after `min-interval`, and then as it stands.
 */
export class Alerts {
  readonly list: readonly Alert[];
  readonly webhook: Webhook | null;
  told = 0;
  private readonly lastTold = new Map<Alert, Told>();
  private cancel: Cancel = () => {};

  constructor(private readonly parts: AlertsParts) {
    const { sections, world, targetMs } = parts;
    this.list = sections.rules.map((rule) => new Alert(rule, targetMs));
    this.webhook = sections.webhook === undefined ? null : new Webhook(sections.webhook, world);
  }

  get firing(): Alert[] {
    return this.list.filter(({ isFiring }) => isFiring);
  }

  start(): void {
    this.cancel = this.parts.world.scheduler.after(EVERY_MS, () => {
      this.look();
      this.start();
    });
  }

  stop(): void {
    this.cancel();
    this.webhook?.stop();
  }

  look(): void {
    const { readings, world } = this.parts;
    const now = world.clock.refresh();
    readings.look();
    for (const alert of this.list) {
      alert.look(readings.of(alert.rule), now);
      this.tell(alert, now);
    }
  }

  private tell(alert: Alert, now: number): void {
    const last = this.lastTold.get(alert);
    if ((last?.isFiring ?? false) === alert.isFiring) return;
    if (last !== undefined && now - last.atMs < this.parts.sections.minIntervalMs) return;
    this.lastTold.set(alert, { isFiring: alert.isFiring, atMs: now });
    this.told++;
    const message = this.messageOf(alert);
    const { log } = this.parts.world;
    const { message: text, node: _node, at: _at, ...fields } = message;
    if (!alert.isFiring || alert.rule.severity === 'info') log.info(fields, text);
    else if (alert.rule.severity === 'critical') log.error(fields, text);
    else log.warn(fields, text);
    const json = Buffer.from(JSON.stringify(message));
    this.parts.announce(ALERTS_CHANNEL, json);
    this.webhook?.send(json);
  }

  private messageOf(alert: Alert): AlertMessage {
    const { rule, limit, isFiring } = alert;
    const value = alert.value ?? 0;
    const { now, wallOffsetMs } = this.parts.world.clock;
    const of = rule.template === undefined ? '' : ` of ${rule.template}`;
    const side = rule.worse === 'above' ? 'over' : 'under';
    const why = isFiring ? this.parts.readings.why(rule) : '';
    return {
      node: this.parts.node,
      alert: rule.id,
      state: isFiring ? 'firing' : 'resolved',
      severity: rule.severity,
      measure: rule.measure,
      ...(rule.template !== undefined && { template: rule.template }),
      value,
      limit,
      message: `${rule.id}: ${rule.measure}${of} is ${shown(rule.measure, value)}, ${isFiring ? side : 'no more bad: limit'} ${shown(rule.measure, limit)}${why}`,
      at: new Date(now + wallOffsetMs).toISOString(),
    };
  }
}

function shown(measure: keyof typeof ALERT_MEASURES, value: number): string {
  const unit = ALERT_MEASURES[measure];
  if (unit === 'share') return `${(value * 100).toFixed(1)} %`;
  return unit === 'ms' ? `${value.toFixed(1)} ms` : String(value);
}
