import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';

/** Links to `<pid>/task/<thread id>`. Linux only; there, a priority is a thread's own. */
const THIS_THREAD = '/proc/thread-self';
/** About a tenth of the event loop's claim to a core that both want. */
const NICENESS = 10;

/** Takes the core only when the event loop does not want it. Where that cannot be said, threads stay equal. */
export function yieldToEventLoop(): void {
  try {
    const thread = Number(basename(readlinkSync(THIS_THREAD)));
    if (thread !== process.pid) setPriority(thread, NICENESS);
  } catch {
    // Another system, or no /proc: nothing is lost but the order.
  }
}
