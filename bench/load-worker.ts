import { setPriority } from 'node:os';
import { closedLoop } from './load-closed';
import { openLoop } from './load-open';
import type { FromGenerator, LoadPlan, ToGenerator } from './load-plan';
import { Record } from './load-record';
import type { Numbers } from './request-template';
import { randomFrom } from './statistics';

function numbersOf(plan: LoadPlan): Numbers {
  const { from = 0, count, order } = plan.keys;
  const draw = randomFrom(plan.seed ?? 1);
  const random = () => from + (draw() % count);
  let sequence = 0;
  return { random, next: order === 'random' ? random : () => from + (sequence++ % count) };
}

const send = (message: FromGenerator) => process.send?.(message);

async function run(plan: LoadPlan): Promise<void> {
  if (plan.niceness !== undefined) setPriority(plan.niceness);
  const numbers = numbersOf(plan);
  const record = new Record();
  const begin = plan.ratePerSecond === undefined ? closedLoop : openLoop;
  const loop = await begin(plan, numbers, record);
  record.turnPage();
  process.on('message', (message: ToGenerator) => {
    if ('mark' in message) send({ figures: record.turnPage() });
    if ('stop' in message) loop.stop();
  });
  send({ ready: true });
  if (plan.durationMs !== undefined) setTimeout(() => loop.stop(), plan.durationMs);
  await loop.done;
  send({ done: record.turnPage() });
}

if (require.main === module) {
  process.on('disconnect', () => process.exit(0));
  // A signal to the whole group is the parent's to answer: it ends this process by disconnecting.
  process.on('SIGINT', () => {});
  process.once('message', (message: ToGenerator) => {
    if ('plan' in message) run(message.plan).catch((error) => send({ failed: String(error?.stack ?? error) }));
  });
}
