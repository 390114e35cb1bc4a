import { latin1Of } from '../../base/bytes';
import type { Need } from '../../engine/transacting';
import type { Context } from '../context';
import type { KeyFlag } from '../framework/arguments';
import type { Command } from '../framework/command';
import { findKeys } from '../framework/key-specs';
import type { Argument } from '../framework/wire';
import { commandOf } from '../special';
import type { Transaction } from './transaction';

/** They load what is not there. */
const READ_THROUGH = new Set(['get', 'getex', 'getrange', 'lcs', 'mget', 'strlen', 'substr']);

/** Undefined when everything that these commands read can be answered at once; else what to wait for. Never rejected. */
export function preparation(ctx: Context, transaction: Transaction): undefined | Promise<unknown> {
  const { transacting } = ctx.engine;
  const { mayWait } = transacting;
  const waits: Promise<unknown>[] = [];
  let db = ctx.client.db;
  let asksForAll = false;
  for (const { args } of transaction.queue) {
    const command = commandOf(ctx.table, args);
    if (command === undefined) continue;
    if (command.name === 'select') db = databaseAfter(ctx, db, args[1]);
    if (command.keySpecs.length === 0) asksForAll ||= readsOrWrites(command);
    else if (mayWait) {
      for (const { index, flags } of findKeys(command.keySpecs, args, args.length)) {
        if (flags.includes('not_key')) continue;
        const waiting = transacting.bring(db, args[index]!, needOf(command, flags));
        if (waiting !== undefined) waits.push(waiting);
      }
    }
  }
  if (asksForAll) {
    const exact = wholeOf(ctx);
    if (exact !== undefined) waits.push(exact);
  }
  return waits.length === 0 ? undefined : Promise.all(waits);
}

function needOf({ name }: Command, flags: readonly KeyFlag[]): Need {
  if (READ_THROUGH.has(name)) return 'load';
  return flags.includes('access') || flags.includes('RW') ? 'value' : 'place';
}

/** Counts, scans, tags. */
function readsOrWrites({ flags }: Command): boolean {
  return flags.includes('readonly') || flags.includes('write');
}

function wholeOf({ engine }: Context): undefined | Promise<unknown> {
  try {
    return engine.transacting.whenExact()?.catch(() => undefined);
  } catch {
    // Too many wait already: the command itself will say so.
    return undefined;
  }
}

function databaseAfter({ node }: Context, db: number, word: Argument | undefined): number {
  const index = word === undefined ? Number.NaN : Number(latin1Of(word));
  return Number.isInteger(index) && index >= 0 && index < node.databases ? index : db;
}
