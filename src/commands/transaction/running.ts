import type { Context, Outcome, Reply } from '../context';
import { perform } from '../framework/dispatch';
import { commandOf, performShown } from '../special';
import { endTransaction, type Queued, type Transaction } from './transaction';

/** An EXEC under way. */
interface Run {
  readonly ctx: Context;
  readonly queue: readonly Queued[];
  /** Where its reply begins in `ctx.out`. */
  began: number;
  /** What was written of the reply before it had to wait. */
  written: Buffer[];
  isAlone: boolean;
}

/**
 * All commands in one go, errors in their places. Where one has to wait in spite of all preparation (it pushed out itself
 * what a later one reads), nobody else is served until the end.
 */
export function runAll(ctx: Context, { queue }: Transaction): Outcome {
  const run: Run = { ctx, queue, began: ctx.out.at, written: [], isAlone: false };
  ctx.out.array(queue.length);
  return goOn(run, 0);
}

function goOn(run: Run, first: number): Outcome {
  const { ctx, queue } = run;
  const { transacting } = ctx.engine;
  transacting.begin();
  ctx.inTransaction = true;
  try {
    for (let i = first; i < queue.length; i++) {
      const waits = runOne(ctx, queue[i]!);
      if (waits !== undefined) return later(run, i, waits);
    }
  } finally {
    transacting.end();
    ctx.inTransaction = false;
  }
  endTransaction(ctx);
  if (run.isAlone) ctx.node.exclusion.end(ctx.client);
}

function runOne(ctx: Context, { args }: Queued): undefined | Promise<Reply> {
  // Known when it was queued; the table may be another one since, with the same names.
  const command = commandOf(ctx.table, args)!;
  return ctx.client.tracking === null
    ? perform(command, ctx, args, args.length)
    : performShown(command, ctx, args, args.length);
}

/** Takes back what is written so far, so that no message for this client comes into the middle of it. */
function later(run: Run, i: number, waits: Promise<Reply>): Promise<Reply> {
  const { ctx } = run;
  const { out } = ctx;
  run.written.push(Buffer.from(out.buf.subarray(run.began, out.at)));
  out.at = run.began;
  if (!run.isAlone) ctx.node.exclusion.begin(ctx.client);
  run.isAlone = true;
  return waits.then(
    (reply): Reply =>
      () => {
        run.began = out.at;
        const written = run.written.splice(0);
        for (const part of written) out.raw(part);
        const again = reply();
        return again instanceof Promise ? later(run, i, again) : goOn(run, i + 1);
      },
  );
}
