import { drawAction, lastLook } from './actions';
import { Driver, shapeOf, Violation } from './driver';
import { Dice, mixSeed } from './random';

export interface Outcome {
  seed: number;
  /** '' if nothing is wrong. */
  problem: string;
  /** Steps until then. */
  steps: number;
  reads: number;
  hits: number;
  loads: number;
  restarts: number;
  story: readonly string[];
}

/** Share of steps that end their turn of the loop. */
const TURN_ENDS = 0.7;

/** Plays the seed's schedule up to `stepsMax` steps, without those in `left`. */
export async function play(
  seed: number,
  stepsMax = Number.POSITIVE_INFINITY,
  left: ReadonlySet<number> = new Set(),
  tells = false,
): Promise<Outcome> {
  const shape = shapeOf(seed);
  const driver = new Driver(seed, shape, tells);
  driver.tell(() => JSON.stringify(shape));
  const last = Math.min(stepsMax, shape.steps);
  let step = 0;
  let problem = '';
  try {
    await driver.start();
    for (; step < last; step++) {
      if (left.has(step)) continue;
      driver.dice = new Dice(mixSeed(seed, step + 1));
      driver.tell(() => `-- step ${step}`);
      await drawAction(driver)(driver);
      const ends = driver.dice.unit() < TURN_ENDS;
      const ms = driver.dice.pick([0, 0, 0, 1, 1, 5]);
      if (!ends) continue;
      await driver.endTurn();
      await driver.pass(ms);
    }
    driver.dice = new Dice(mixSeed(seed, 1_000_000));
    await lastLook(driver);
  } catch (failure) {
    problem = failure instanceof Violation ? failure.message : String((failure as Error).stack ?? failure);
  }
  driver.engine.background.stop();
  driver.disk.crash();
  const { reads, hits, restarts, story } = driver;
  return { seed, problem, steps: step, reads, hits, loads: driver.origin.loads, restarts, story };
}

/** A shorter schedule that fails too: the shortest prefix by halving, then steps left out in ever smaller runs. */
export async function shrink(failed: Outcome): Promise<{ outcome: Outcome; left: Set<number> }> {
  const { seed } = failed;
  let best = failed;
  let end = Math.min(failed.steps + 1, shapeOf(seed).steps);
  const left = new Set<number>();
  const fails = async (until: number, without: Set<number>) => {
    const outcome = await play(seed, until, without);
    if (outcome.problem === '') return false;
    best = outcome;
    return true;
  };
  for (let half = end >> 1; half > 0; half >>= 1) while (end > half && (await fails(end - half, left))) end -= half;
  for (let run = Math.max(1, end >> 1); run > 0; run >>= 1) {
    for (let from = 0; from < end; from += run) {
      const more = new Set(left);
      for (let step = from; step < Math.min(end, from + run); step++) more.add(step);
      if (more.size > left.size && (await fails(end, more))) for (const step of more) left.add(step);
    }
  }
  const outcome = await play(seed, end, left, true);
  return { outcome: outcome.problem === '' ? best : outcome, left };
}
