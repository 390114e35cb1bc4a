import { Fault } from '../../base/fault';
import { flag, oneOf } from '../framework/arguments';
import { command } from '../framework/command';
import { SYNTAX } from '../framework/faults';

const NONE_IN_PROGRESS = new Fault('ERR No shutdown in progress.');

/** NOW and FORCE change nothing: there are no replicas to wait for, and a failing disk never keeps the process alive. */
export const shutdown = command({
  name: 'shutdown',
  group: 'server',
  since: '1.0.0',
  summary: 'Write what waits for the disk (unless NOSAVE), close all connections and end the process',
  complexity: 'O(N) where N is the number of entries that wait for the disk',
  flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
  args: { saving: oneOf('NOSAVE', 'SAVE'), now: flag('NOW'), force: flag('FORCE'), abort: flag('ABORT') },
  examples: `
> SHUTDOWN NOSAVE SAVE
-ERR syntax error
> SHUTDOWN ABORT
-ERR No shutdown in progress.
`,
  run({ node, client }, { saving, now, force, abort }) {
    if (abort) {
      if (saving !== undefined || now || force) throw SYNTAX;
      throw NONE_IN_PROGRESS;
    }
    node.admin.shutdown(saving !== 'NOSAVE');
    client.closeAfterReply();
  },
});
