import { type Connection, openConnection } from './load-connection';
import type { CommandShare, LoadPlan } from './load-plan';
import type { Loop, Record } from './load-record';
import { type Numbers, RequestTemplate } from './request-template';
import { randomFrom } from './statistics';

/** Different pipelines that a connection sends in turn when the mix has more than one command. */
const TEMPLATES_PER_MIX = 16;

/** Each connection sends a pipeline, waits for all its replies, sends the next. */
export async function closedLoop(plan: LoadPlan, numbers: Numbers, record: Record): Promise<Loop> {
  const depth = plan.pipeline ?? 1;
  const draw = randomFrom((plan.seed ?? 1) ^ 0x5eed);
  let left = plan.requests ?? Number.POSITIVE_INFINITY;
  let running = 0;
  let resolve = () => {};
  let reject: (error: Error) => void = () => {};
  const done = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });

  const run = (connection: Connection) => {
    const templates = templatesOf(plan.commands, depth, draw);
    let turn = 0;
    let waiting = 0;
    let sentAt = 0;
    const sendNext = () => {
      const requests = Math.min(depth, left);
      if (requests <= 0) return finish();
      left -= requests;
      const template = templates[turn++ % templates.length]!;
      template.fill(numbers, requests);
      waiting = requests;
      sentAt = performance.now();
      connection.socket.write(
        requests === depth ? template.buffer : template.buffer.subarray(0, template.ends[requests]),
      );
    };
    const finish = () => {
      connection.onEnd = () => {};
      connection.socket.destroy();
      if (--running === 0) resolve();
    };
    connection.onEnd = reject;
    connection.onReplies = (replies) => {
      record.latencyUs.recordValueWithCount(Math.round((performance.now() - sentAt) * 1000), replies);
      note(record, connection, replies);
      waiting -= replies;
      if (waiting === 0) sendNext();
    };
    sendNext();
  };

  const connections = await Promise.all(Array.from({ length: plan.connections }, () => openConnection(plan.port)));
  running = connections.length;
  for (const connection of connections) run(connection);
  return { done, stop: () => void (left = 0) };
}

/** Moves what the connection's counter has seen into the record. */
export function note(record: Record, connection: Connection, replies: number): void {
  const { counter } = connection;
  record.requests += replies;
  record.errors += counter.errors;
  record.nulls += counter.nulls;
  if (counter.errors > 0 && record.firstError === '') record.firstError = counter.firstError;
  counter.errors = counter.nulls = 0;
}

function templatesOf(commands: readonly CommandShare[], depth: number, draw: () => number): RequestTemplate[] {
  const many = commands.length > 1 ? TEMPLATES_PER_MIX : 1;
  return Array.from({ length: many }, () => {
    return new RequestTemplate(Array.from({ length: depth }, () => pick(commands, draw)));
  });
}

/** One command of the mix, by weight. */
export function pick(commands: readonly CommandShare[], draw: () => number): CommandShare {
  const total = commands.reduce((sum, { weight = 1 }) => sum + weight, 0);
  let at = (draw() / 2 ** 32) * total;
  return commands.find(({ weight = 1 }) => (at -= weight) < 0) ?? commands[0]!;
}
