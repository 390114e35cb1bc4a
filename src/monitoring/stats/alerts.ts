import { type Fields, fields, fraction } from '../fields';
import type { Sources } from '../sources';

/** Each rule as it stands, and what became of the messages. */
export function alertsStats({ insights, clock }: Sources): Fields {
  const { alerts } = insights;
  const { list, firing, told, webhook } = alerts;
  return fields({
    rules: list.length,
    firing: firing.length,
    told,
    webhook_sent: webhook?.sent ?? 0,
    webhook_failed: webhook?.failed ?? 0,
    webhook_waiting: webhook?.waiting ?? 0,
    webhook_dropped: webhook?.dropped ?? 0,
    alerts: new Map(
      list.map(({ rule, state, value, limit, sinceMs, fired }) => [
        rule.id,
        fields({
          state,
          severity: rule.severity,
          measure: rule.measure,
          ...(rule.template !== undefined && { template: rule.template }),
          known: value === undefined ? 0 : 1,
          value: fraction(value ?? 0),
          limit: fraction(limit),
          bad_if: rule.worse,
          since_seconds: sinceMs === 0 ? 0 : Math.floor((clock.now - sinceMs) / 1000),
          fired,
        }),
      ]),
    ),
  });
}
