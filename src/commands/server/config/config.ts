import { Fault } from '../../../base/fault';
import { ConfigError, SettingRefused } from '../../../config';
import { command, container } from '../../framework/command';
import { ADMIN } from '../about';
import { get } from './get';
import { set } from './set';

const resetstat = command({
  ...ADMIN,
  name: 'resetstat',
  since: '2.0.0',
  summary: 'Reset the statistics that INFO reports',
  help: ['Reset statistics reported by the INFO command.'],
  run({ node, out }) {
    node.admin.reports.reset();
    out.ok();
  },
});

const rewrite = command({
  ...ADMIN,
  name: 'rewrite',
  since: '2.8.0',
  summary: 'Write what CONFIG SET changed into the configuration file',
  help: ['Rewrite the configuration file.'],
  run({ node, out }) {
    try {
      node.admin.configuration.rewrite();
    } catch (failure) {
      if (failure instanceof SettingRefused) throw new Fault(`ERR ${failure.reason}`);
      throw new Fault(`ERR Rewriting config file: ${reasonOf(failure)}`);
    }
    out.ok();
  },
});

/** The file may be broken by now, or not be writable: the world's mistake, told to who asked. */
function reasonOf(failure: unknown): string {
  if (failure instanceof ConfigError) return failure.message;
  const code = (failure as NodeJS.ErrnoException | undefined)?.code;
  if (code === undefined) throw failure;
  return code;
}

export const config = container({
  ...ADMIN,
  name: 'config',
  since: '2.0.0',
  summary: 'A container for server configuration commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  children: [get, resetstat, rewrite, set],
  examples: `
> CONFIG GET nosuch*
[]
> CONFIG SET nosuch 1
-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'
> CONFIG SET dir /tmp
-ERR CONFIG SET failed (possibly related to argument 'dir') - can't set protected config
> CONFIG RESETSTAT
+OK
`,
});
