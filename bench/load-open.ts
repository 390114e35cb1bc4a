import { note, pick } from './load-closed';
import { type Connection, openConnection } from './load-connection';
import type { LoadPlan } from './load-plan';
import type { Loop, Record } from './load-record';
import { type Numbers, RequestTemplate } from './request-template';
import { randomFrom } from './statistics';

const TICK_MS = 1;
/** Requests that one connection may have unanswered: an hour's stall is a failure, not a figure. */
const UNANSWERED_MAX = 1_000_000;

/**
 * Sends at a steady rate, whether answers come or not, so that a stall is seen by every request that falls into it. A
 * latency begins when its request is written, not when it was due: the generator's own lateness is in `lagUs`.
 */
export async function openLoop(plan: LoadPlan, numbers: Numbers, record: Record): Promise<Loop> {
  const ratePerMs = plan.ratePerSecond! / 1000;
  const templates = plan.commands.map((command) => new RequestTemplate([command]));
  const draw = randomFrom((plan.seed ?? 1) ^ 0x5eed);
  const lanes = await Promise.all(Array.from({ length: plan.connections }, () => openLane(plan.port, record)));
  const startedAt = performance.now();
  let sent = 0;
  let tickedAt = startedAt;
  let timer: NodeJS.Timeout;

  const tick = () => {
    const now = performance.now();
    record.lagUs.recordValue(Math.max(0, Math.round((now - tickedAt - TICK_MS) * 1000)));
    tickedAt = now;
    for (const due = Math.floor((now - startedAt) * ratePerMs); sent < due; sent++) {
      const template = templates[plan.commands.indexOf(pick(plan.commands, draw))]!;
      template.fill(numbers);
      lanes[sent % lanes.length]!.send(Buffer.from(template.buffer));
    }
    timer = setTimeout(tick, TICK_MS);
  };
  tick();

  let stop = () => {};
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  const broken = Promise.race(lanes.map((lane) => lane.broken));
  const done = Promise.race([stopped, broken]).finally(() => {
    clearTimeout(timer);
    for (const lane of lanes) lane.close();
  });
  return { done, stop };
}

interface Lane {
  send(request: Buffer): void;
  close(): void;
  broken: Promise<never>;
}

async function openLane(port: number, record: Record): Promise<Lane> {
  const connection: Connection = await openConnection(port);
  const sentAt: number[] = [];
  let head = 0;
  const broken = new Promise<never>((_, reject) => (connection.onEnd = reject));
  // Nobody may be listening yet when it breaks.
  broken.catch(() => {});
  connection.onReplies = (replies) => {
    const now = performance.now();
    for (let i = 0; i < replies; i++) record.latencyUs.recordValue(Math.round((now - sentAt[head++]!) * 1000));
    if (head === sentAt.length) head = sentAt.length = 0;
    note(record, connection, replies);
  };
  return {
    broken,
    send: (request) => {
      if (sentAt.length - head >= UNANSWERED_MAX) throw new Error(`${UNANSWERED_MAX} requests are unanswered`);
      sentAt.push(performance.now());
      connection.socket.write(request);
    },
    close: () => {
      connection.onEnd = () => {};
      connection.socket.destroy();
    },
  };
}
