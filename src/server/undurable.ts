import { countReplies } from '../../protocol/count-replies';
import { Fault } from '../base/fault';
import type { Outcome, Reply } from '../commands/context';
import type { Command } from '../commands/framework/command';
import { Table } from '../commands/framework/table';

/** Instead of every OK that would not hold after a restart. */
const NOT_DURABLE = 'MISCONF invalidation applied in memory but not durable; L2 disabled';
const NOT_DURABLE_LINE = `-${NOT_DURABLE}\r\n`;

/** The same commands while nothing can be made durable: those that write do so, and then say how little that means. */
export function undurable(commands: Table): Table {
  const table = new Table();
  for (const each of commands.list()) table.add(confessing(each));
  return table;
}

function confessing(command: Command): Command {
  const { children, flags, execute } = command;
  if (children !== undefined) return { ...command, children: undurable(children) };
  if (!flags.includes('write')) return command;
  const { fast: _skipped, ...rest } = command;
  return { ...rest, execute: (ctx, args, argc) => confess(execute(ctx, args, argc)) };
}

/** Whoever dispatches takes back what was written of a reply when it becomes an error. */
function confess(outcome: Outcome): Outcome {
  if (!(outcome instanceof Promise)) throw new Fault(NOT_DURABLE);
  return outcome.then(
    (reply): Reply =>
      () =>
        confess(reply()),
  );
}

/** Error replies, one for each that was to be sent; null if that cannot be known. */
export function confessions(buf: Buffer, start: number, end: number): Buffer | null {
  const count = countReplies(buf, start, end);
  return count < 0 ? null : Buffer.from(NOT_DURABLE_LINE.repeat(count), 'latin1');
}
