import { Fault } from '../../base/fault';
import { NEVER } from '../../layers/layer';
import type { Context, Outcome } from '../context';
import { type MomentForm, momentOf } from '../expiry';
import { anyOf, bytes, key } from '../framework/arguments';
import { type Command, command } from '../framework/command';
import { untilNul } from '../framework/faults';
import type { Argument } from '../framework/wire';
import { located, writeTruth } from '../values';

const NX_WITH_OTHERS = new Fault('ERR NX and XX, GT or LT options at the same time are not compatible');
const GT_WITH_LT = new Fault('ERR GT and LT options at the same time are not compatible');

type Condition = 'NX' | 'XX' | 'GT' | 'LT';

interface ExpiryCommand {
  name: string;
  since: string;
  summary: string;
  form: MomentForm;
  /** The time's name in the documentation. */
  time: string;
  examples: string;
}

/** EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT differ in how the moment is written. */
export function expiryCommand({ name, since, summary, form, time, examples }: ExpiryCommand): Command {
  return command({
    name,
    group: 'generic',
    since,
    summary,
    complexity: 'O(1)',
    flags: ['write', 'fast'],
    args: {
      key: key('RW', 'update'),
      time: bytes(time, form.absolute ? 'unix-time' : 'integer'),
      condition: anyOf('NX', 'XX', 'GT', 'LT'),
    },
    unknownOption: (word) => new Fault(`ERR Unsupported option ${untilNul(word)}`),
    examples,
    run: (ctx, { key, time, condition }) => setExpiry(ctx, { key, time, condition }, form, name),
  });
}

function checkTogether(condition: ReadonlySet<Condition>): void {
  if (condition.has('NX') && condition.size > 1) throw NX_WITH_OTHERS;
  if (condition.has('GT') && condition.has('LT')) throw GT_WITH_LT;
}

function setExpiry(
  ctx: Context,
  { key, time, condition }: { key: Argument; time: Argument; condition: ReadonlySet<Condition> },
  form: MomentForm,
  name: string,
): Outcome {
  checkTogether(condition);
  const expiresAt = momentOf(ctx, time, form, name, false);
  return located(ctx, key, (slot) => {
    const { engine, client } = ctx;
    const applies = slot !== 0 && allows(condition, engine.expiresAt(slot), expiresAt);
    if (!applies) return writeTruth(ctx, false);
    return ctx.when(engine.expire(client.db, slot, expiresAt), () => writeTruth(ctx, true));
  });
}

/** No expiry counts as one that is infinitely far. */
function allows(condition: ReadonlySet<Condition>, old: number, given: number): boolean {
  if (condition.has('NX') && old !== NEVER) return false;
  if (condition.has('XX') && old === NEVER) return false;
  if (condition.has('GT') && given <= old) return false;
  return !condition.has('LT') || given < old;
}
