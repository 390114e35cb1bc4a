import { Rate, Sampler } from '../../src/monitoring/sampler';
import { manualWorld } from '../support/manual-world';

describe('a rate', () => {
  test('is that of the last 16 looks', () => {
    const rate = new Rate();
    expect(rate.perSecond).toBe(0);
    rate.look(1000, 0);
    expect(rate.perSecond).toBe(0);
    rate.look(1050, 100);
    expect(rate.perSecond).toBe(500);
    // From here on 1 a millisecond: once the first looks are forgotten, nothing else is known.
    for (let i = 1; i <= 15; i++) rate.look(1050 + 100 * i, 100 + 100 * i);
    expect(rate.perSecond).toBeCloseTo(1000, 5);
  });

  test('begins anew when the counter was set back', () => {
    const rate = new Rate();
    rate.look(1000, 0);
    rate.look(2000, 100);
    rate.look(10, 200);
    expect(rate.perSecond).toBe(0);
    rate.look(20, 300);
    expect(rate.perSecond).toBe(100);
  });
});

function sampled() {
  const world = manualWorld();
  const counts = { commands: 0, used: 10, rss: 20 };
  const late: number[] = [];
  const watched = {
    commandsProcessed: () => counts.commands,
    netInputBytes: () => counts.commands * 10,
    netOutputBytes: () => 0,
    usedBytes: () => counts.used,
    rssBytes: () => counts.rss,
  };
  return { world, counts, late, sampler: new Sampler(watched, world.clock, world.scheduler, (ms) => late.push(ms)) };
}

test('looks every 100 ms, until it is stopped', () => {
  const { world, counts, sampler } = sampled();
  sampler.start();
  for (let i = 0; i < 10; i++) {
    counts.commands += 50;
    world.scheduler.advance(100);
  }
  expect(sampler.commands.perSecond).toBeCloseTo(500, 0);
  expect(sampler.input.perSecond).toBeCloseTo(5000, -1);
  expect(sampler.output.perSecond).toBe(0);
  sampler.stop();
  counts.used = 1000;
  world.scheduler.advance(1000);
  expect(sampler.usedPeakBytes).toBe(10);
});

test('peaks stay until a reset', () => {
  const { counts, sampler } = sampled();
  counts.used = 500;
  sampler.look();
  counts.used = 5;
  sampler.look();
  expect([sampler.usedPeakBytes, sampler.rssPeakBytes]).toEqual([500, 20]);
  sampler.reset();
  expect(sampler.usedPeakBytes).toBe(5);
});

test('a loop that is held up is noticed', () => {
  const { world, late, sampler } = sampled();
  sampler.start();
  world.scheduler.advance(100);
  expect(late[0]).toBeLessThan(1);
  // The clock moves without the timer having had its turn.
  world.clock.now += 150;
  world.scheduler.advance(0);
  expect(late[1]).toBeGreaterThanOrEqual(49);
  expect(sampler.loopLagMaxMs).toBe(late[1]);
});
