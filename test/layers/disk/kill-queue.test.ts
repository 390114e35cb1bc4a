import fc from 'fast-check';
import { Batches } from '../../../src/layers/disk/batches';
import { KillQueue } from '../../../src/layers/disk/kill-queue';
import { IgnoreOps, readOps } from '../../../src/layers/disk/ops';

function setUp(waitingMax: number) {
  const log: string[] = [];
  class Log extends IgnoreOps {
    override kill(id: number, version: number): void {
      log.push(`${id}@${version}`);
    }
    override tagForget(name: Buffer): void {
      log.push(name.toString('latin1'));
    }
  }
  const batches = new Batches({ opsMax: 3, bytesMax: 1000, inFlightMax: 1000 }, (_seq, memory, length) =>
    readOps(Buffer.from(memory), 0, length, new Log()),
  );
  return { log, batches, kills: new KillQueue(batches, waitingMax) };
}

test('kills come out in order, whatever is sent when, and followers after the kills of before', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.constant('push' as const) },
    fc.constant('follow' as const),
    fc.nat({ max: 5 }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 500 }), fc.integer({ min: 1, max: 300 }), (steps, waitingMax) => {
      const { log, batches, kills } = setUp(waitingMax);
      const expected: string[] = [];
      const before = new Map<string, number>();
      for (const [i, what] of steps.entries()) {
        if (what === 'push') kills.push(i, i + 1);
        else if (what === 'follow') kills.after(1, () => batches.ops.tagForget(`tag${i}`));
        else kills.send(what);
        if (what === 'push') expected.push(`${i}@${i + 1}`);
        else if (what === 'follow') before.set(`tag${i}`, expected.length);
        expect(kills.length).toBeLessThanOrEqual(waitingMax);
      }
      kills.sendAll();
      batches.send(true);
      const isKill = (said: string) => said.includes('@');
      expect(log.filter(isKill)).toEqual(expected);
      expect(log.filter((said) => !isKill(said))).toEqual([...before.keys()]);
      for (const [tag, count] of before) {
        expect(log.slice(0, log.indexOf(tag)).filter(isKill).length).toBeGreaterThanOrEqual(count);
      }
    }),
    { numRuns: 50 },
  );
});

test('a barrier stays open while what was before it waits, and names a batch that holds the last of it', () => {
  const { log, batches, kills } = setUp(100);
  expect(kills.barrier()()).toBe(0);
  for (let id = 0; id < 10; id++) kills.push(id, 1);
  const barrier = kills.barrier();
  kills.push(10, 1);
  expect(barrier()).toBe(Number.POSITIVE_INFINITY);
  kills.send(9);
  expect(barrier()).toBe(Number.POSITIVE_INFINITY);
  kills.send(1);
  const seq = barrier();
  expect(batches.send(true)).toBe(seq);
  expect(log).toHaveLength(10);
  kills.sendAll();
  batches.send(true);
  expect(barrier()).toBe(seq);
});

test('cleared: nothing is sent, and who waited for it goes on', () => {
  const { log, batches, kills } = setUp(100);
  kills.push(1, 1);
  const barrier = kills.barrier();
  kills.after(1, () => batches.ops.tagForget('tag'));
  kills.clear();
  expect(barrier()).toBeLessThan(Number.POSITIVE_INFINITY);
  batches.send(true);
  expect(log).toEqual(['tag']);
});

test('ops that wait for kills are counted one by one: beyond the limit none is taken on, until they are gone', () => {
  const { kills } = setUp(100);
  const sent: string[] = [];
  kills.push(1, 1);
  expect(kills.after((1 << 20) - 1, () => sent.push('many'))).toBe(true);
  expect(kills.after(2, () => sent.push('refused'))).toBe(false);
  expect(kills.after(1, () => sent.push('one'))).toBe(true);
  kills.sendAll();
  expect(sent).toEqual(['many', 'one']);
  kills.push(2, 2);
  expect(kills.after(1 << 20, () => sent.push('again'))).toBe(true);
});
