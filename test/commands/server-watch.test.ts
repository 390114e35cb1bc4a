import { Fault } from '../../src/base/fault';
import type { Context } from '../../src/commands/context';
import { bytes, many, optional } from '../../src/commands/framework/arguments';
import { command, container } from '../../src/commands/framework/command';
import { Table } from '../../src/commands/framework/table';
import { LatencyLog } from '../../src/monitoring/latency-log';
import { CommandLatencies } from '../../src/monitoring/measuring/command-latencies';
import { SlowLog } from '../../src/monitoring/slow-log';
import { CommandWatch } from '../../src/server/watch';
import { seededRandom } from '../support/manual-world';
import { FakeClient, type House, plainHouse, Visitor } from './house';

const ABOUT = { group: 'generic', since: '0', summary: 'Only here to be watched' } as const;
const words = { words: optional(many(bytes())) };

/** Commands that take time: the held clock moves by what they are called after. */
function watchedHouse() {
  const table = new Table();
  let house!: House;
  const takes = (ms: number) => house.clock.advance(ms);
  const answers =
    (ms: number, text: string) =>
    ({ out }: Context) => {
      takes(ms);
      out.simple(text);
    };
  table.add(command({ ...ABOUT, name: 'slow30', flags: [], args: words, run: answers(30, 'OK') }));
  table.add(command({ ...ABOUT, name: 'quick30', flags: ['fast'], args: words, run: answers(30, 'OK') }));
  table.add(
    command({
      ...ABOUT,
      name: 'direct',
      flags: ['write'],
      args: words,
      fast(ctx, _args, argc) {
        if (argc !== 1) return false;
        takes(30);
        ctx.out.ok();
        return true;
      },
      run: answers(30, 'PARSED'),
    }),
  );
  table.add(
    command({
      ...ABOUT,
      name: 'waits',
      flags: [],
      run(ctx) {
        takes(3);
        return ctx.when(
          Promise.resolve().then(() => takes(1000)),
          () => answers(4, 'OK')(ctx),
        );
      },
    }),
  );
  const fails = command({
    ...ABOUT,
    name: 'fails',
    flags: [],
    run() {
      takes(30);
      throw new Fault('ERR no');
    },
  });
  table.add(container({ ...ABOUT, name: 'box', flags: [], children: [fails] }));
  house = plainHouse();
  const slowLog = new SlowLog(() => 100);
  const latency = new LatencyLog(
    () => 10,
    () => 1,
  );
  const latencies = new CommandLatencies(true, seededRandom(1));
  const watch = new CommandWatch(house.clock, slowLog, latency, latencies);
  const visitor = new Visitor(new FakeClient(1, true), { ...house, table: watch.table(table) });
  return {
    watch,
    slowLog,
    latency,
    latencies,
    ask: (...line: string[]) => visitor.ask(line),
    row: (name: string) => watch.counts.row(name),
  };
}

test('what is not fast is timed, and enters the slow log from the threshold on', async () => {
  const { watch, slowLog, ask, row } = watchedHouse();
  watch.slowerThan(30_000);
  await ask('SLOW30', 'a');
  expect(row('slow30')).toMatchObject({ calls: 1, timedCalls: 1, usec: 30_000 });
  expect(slowLog.newest()).toMatchObject([{ tookUs: 30_000, args: ['SLOW30', 'a'], address: '127.0.0.1:50000' }]);
  watch.slowerThan(30_001);
  await ask('SLOW30');
  watch.slowerThan(-1);
  await ask('SLOW30');
  expect(slowLog.length).toBe(1);
  expect(row('slow30').calls).toBe(3);
});

test('what is fast, or took a fast path, is only counted', async () => {
  const { watch, slowLog, latency, ask, row } = watchedHouse();
  watch.slowerThan(10_000);
  await ask('QUICK30');
  await ask('DIRECT');
  await ask('DIRECT', 'a');
  expect(row('quick30')).toMatchObject({ calls: 1, timedCalls: 0, usec: 0 });
  expect(row('direct')).toMatchObject({ calls: 2, timedCalls: 0, usec: 0 });
  expect(slowLog.length).toBe(0);
  expect(latency.latest()).toEqual([]);
});

test('unless the slow log wants to know of less than a millisecond', async () => {
  const { watch, slowLog, latency, ask, row } = watchedHouse();
  watch.slowerThan(999);
  await ask('QUICK30');
  expect((await ask('DIRECT'))!.text).toBe('PARSED');
  expect(row('quick30')).toMatchObject({ calls: 1, timedCalls: 1, usec: 30_000 });
  expect(row('direct')).toMatchObject({ calls: 1, timedCalls: 1, usec: 30_000 });
  expect(slowLog.newest().map(({ args }) => args[0])).toEqual(['DIRECT', 'QUICK30']);
  expect(latency.latest()).toMatchObject([{ event: 'fast-command', ms: 30 }]);
});

test('waiting is not working', async () => {
  const { watch, slowLog, ask, row } = watchedHouse();
  watch.slowerThan(1000);
  expect((await ask('WAITS'))!.text).toBe('OK');
  expect(row('waits')).toMatchObject({ calls: 1, timedCalls: 1, usec: 7000 });
  expect(slowLog.newest()).toMatchObject([{ tookUs: 7000, args: ['WAITS'] }]);
});

test('what fails is timed like the rest, under the name of the subcommand', async () => {
  const { watch, slowLog, latency, ask, row } = watchedHouse();
  watch.slowerThan(1000);
  expect((await ask('BOX', 'FAILS'))!.text).toBe('ERR no');
  expect(row('box|fails')).toMatchObject({ calls: 1, timedCalls: 1, usec: 30_000 });
  expect(slowLog.newest()).toMatchObject([{ args: ['BOX', 'FAILS'] }]);
  expect(latency.latest()).toMatchObject([{ event: 'command', ms: 30 }]);
});

test('of what is fast a sample is timed, and stands for the rest', async () => {
  const { latencies, ask } = watchedHouse();
  const commands = 2_000;
  for (let i = 0; i < commands; i++) await ask('DIRECT');
  const [direct] = latencies.list();
  expect(direct!.row).toMatchObject({ name: 'direct', calls: commands, timedCalls: 0 });
  const { count } = direct!.histogram;
  // All of the first 512, then half of them, a quarter, an eighth.
  expect(Math.abs(count / commands - 1)).toBeLessThan(0.2);
  expect(latencies.all.count).toBe(count);
});

test('the latency of what is not fast is that of each, waiting included', async () => {
  const { latencies, ask } = watchedHouse();
  await ask('WAITS');
  await ask('SLOW30');
  const of = (name: string) =>
    latencies
      .list()
      .find(({ row }) => row.name === name)!
      .histogram.percentiles();
  expect(of('slow30')).toMatchObject({ count: 1 });
  expect(of('slow30').maxMs / 30).toBeCloseTo(1, 1);
  expect(of('waits').maxMs).toBeGreaterThan(6.8);
});

test('nothing is timed where monitoring is off', async () => {
  const off = new CommandLatencies(false, () => 0);
  off.timed({ name: 'x', calls: 1, usec: 0, timedCalls: 0, failed: 0, rejected: 0 }, 3);
  expect(off.list()).toEqual([]);
  expect(off.sampling.left).toBeGreaterThan(1e9);
  expect(off.sampling.next(0)).toBe(0);
  expect(off.sampling.left).toBeGreaterThan(1e9);
});
