import { container } from '../../framework/command';
import { killCommand } from './kill';
import { list } from './list';
import { getname, id, info, noEvict, noTouch, reply, setinfo, setname } from './own';

import { caching, getredir, tracking, trackinginfo } from './tracking';

export const client = container({
  name: 'client',
  group: 'connection',
  since: '2.4.0',
  summary: 'A container for client connection commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  children: [
    caching,
    getname,
    getredir,
    id,
    info,
    killCommand,
    list,
    noEvict,
    noTouch,
    reply,
    setinfo,
    setname,
    tracking,
    trackinginfo,
  ],
  examples: `
> CLIENT SETNAME worker
+OK
> CLIENT GETNAME
"worker"
> CLIENT SETINFO LIB-NAME redis-py
+OK
> CLIENT KILL ADDR 192.0.2.1:1
:0
> CLIENT MAINT_NOTIFICATIONS ON
-ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.
`,
});
