import { ALERTS_DEFAULT, ConfigError, loadConfig } from '../../src/config';

function alertsOf(yaml: string) {
  const readFile = () => Buffer.from(yaml);
  return loadConfig({ argv: ['larder.yaml'], env: {}, readFile, cwd: '/etc' }).alerts;
}

function refusal(yaml: string): string {
  try {
    alertsOf(yaml);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

test('without a section there are the rules that are always there, and no webhook', () => {
  expect(alertsOf('port: 0\n')).toEqual({ rules: ALERTS_DEFAULT, webhook: undefined, minIntervalMs: 300_000 });
});

test('a rule changes one of the same id, turns it off, or is another one', () => {
  const { rules, webhook, minIntervalMs } = alertsOf(`
keys:
  - match: "user:{id}"
alerts:
  webhook: https://alerts.example/hook
  webhook-headers: { authorization: "Bearer x" }
  min-interval: 10m
  rules:
    - { id: hit-rate, below: 80%, for: 2m }
    - { id: slow, off: true }
    - { id: users, measure: hit-rate, template: "user:{id}", below: 0.7, clear: 75%, over: 15m, severity: critical }
    - { id: very-slow, measure: p95, above: 1.5s }
`);
  expect(minIntervalMs).toBe(600_000);
  expect(webhook).toEqual({
    url: 'https://alerts.example/hook',
    headers: { authorization: 'Bearer x' },
    timeoutMs: 5_000,
  });
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  expect(byId.get('hit-rate')).toMatchObject({ limit: 0.8, clear: undefined, forMs: 120_000, overMinutes: 10 });
  expect(byId.has('slow')).toBe(false);
  expect(byId.get('users')).toMatchObject({
    template: 'user:{id}',
    worse: 'below',
    limit: 0.7,
    clear: 0.75,
    overMinutes: 15,
    severity: 'critical',
  });
  expect(byId.get('very-slow')).toMatchObject({ limit: 1_500, worse: 'above' });
});

const WRONG: [string, string, RegExp][] = [
  ['a misspelt name', '{ rule: [] }', /unknown key 'rule'.*rules/],
  ['a misspelt field', '{ rules: [{ id: a, measure: p95, abov: 1 }] }', /unknown key 'abov'.*above/],
  ['no measure', '{ rules: [{ id: a, above: 1 }] }', /expected one of hit-rate/],
  ['no limit', '{ rules: [{ id: a, measure: hit-rate }] }', /expected 'above' or 'below'/],
  ['both limits', '{ rules: [{ id: a, measure: p95, above: 1, below: 2 }] }', /not both/],
  ['a share above all', '{ rules: [{ id: a, measure: hit-rate, below: 101% }] }', /expected a share/],
  ['no such template', '{ rules: [{ id: a, measure: hit-rate, below: 50%, template: x }] }', /no template 'x'/],
  ['clear on the wrong side', '{ rules: [{ id: hit-rate, below: 50%, clear: 40% }] }', /better side/],
  ['twice', '{ rules: [{ id: slow, off: on }, { id: slow, off: on }] }', /two rules 'slow'/],
  ['no http', '{ webhook: "file:///etc/passwd" }', /expected an address/],
];
test.each(WRONG)('%s is refused', (_name, alerts, message) => {
  expect(refusal(`alerts: ${alerts}\n`)).toMatch(message);
});

test('the address of the webhook is not shown', () => {
  expect(refusal('alerts: { webhook: "ftp://secret-token/" }\n')).not.toContain('secret-token');
});
