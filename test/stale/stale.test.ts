import type { FaultName } from './faults';
import { reportOf } from './report';
import { check, DEFAULTS } from './run';
import { LarderSubject } from './subject';

/** A short run against the built server; `npm run check:stale` is the long one. */
test('the server under load and faults gives nothing old, invents nothing, and serves', async () => {
  const seed = 1 + (Date.now() % 1_000_000_000);
  const subject = new LarderSubject([], false);
  const faults = new Set<FaultName>(['kill', 'stop', 'slow', 'fail', 'storm']);
  const lines = [`seed ${seed}`];
  try {
    const options = { seed, seconds: 6, clients: 40, killEveryMs: 1_500, faults, hitRateMin: 0.1 };
    const result = await check(subject, { ...DEFAULTS, ...options, say: (line) => lines.push(line) });
    // The whole report, its seed and the operations on the key are what a failure shows.
    if (result.counts.size > 0) throw new Error([...lines, reportOf(result)].join('\n'));
    expect(result.tally.reads).toBeGreaterThan(0);
    expect(result.faults.kill).toBeGreaterThan(0);
  } finally {
    await subject.remove();
  }
});
