import { LatencyLog } from '../../src/monitoring/latency-log';

function log(thresholdMs: number) {
  let now = 100;
  const latency = new LatencyLog(
    () => thresholdMs,
    () => now,
  );
  return { latency, at: (seconds: number) => (now = seconds) };
}

test('nothing is noted while the threshold is 0, nor below it', () => {
  const off = log(0);
  off.latency.record('command', 1e6);
  expect(off.latency.latest()).toEqual([]);
  const { latency } = log(5);
  latency.record('command', 4.9);
  expect(latency.latest()).toEqual([]);
  latency.record('command', 5);
  expect(latency.latest()).toEqual([{ event: 'command', at: 100, ms: 5, maxMs: 5 }]);
});

test('one sample a second, the longest; the worst of all is remembered', () => {
  const { latency, at } = log(1);
  latency.record('turn', 7);
  latency.record('turn', 9);
  latency.record('turn', 8);
  at(101);
  latency.record('turn', 2);
  expect(latency.history('turn')).toEqual([
    { at: 100, ms: 9 },
    { at: 101, ms: 2 },
  ]);
  expect(latency.latest()).toEqual([{ event: 'turn', at: 101, ms: 2, maxMs: 9 }]);
  expect(latency.history('nosuch')).toEqual([]);
});

test('160 samples are kept', () => {
  const { latency, at } = log(1);
  for (let second = 0; second < 200; second++) {
    at(second);
    latency.record('command', second + 1);
  }
  expect(latency.history('command')).toHaveLength(160);
  expect(latency.history('command')[0]).toEqual({ at: 40, ms: 41 });
});

test('a reset says how many events it forgot', () => {
  const { latency } = log(1);
  latency.record('turn', 3);
  latency.record('command', 3);
  expect(latency.reset(['turn', 'turn', 'nosuch'])).toBe(1);
  expect(latency.latest().map(({ event }) => event)).toEqual(['command']);
  expect(latency.reset()).toBe(1);
  expect(latency.reset()).toBe(0);
});
