import { lengthOf } from '../../base/bytes';
import { Fault } from '../../base/fault';
import type { Context } from '../context';
import { key, text } from '../framework/arguments';
import { command, container } from '../framework/command';
import { NO_SUCH_KEY } from '../framework/faults';
import { encodingOf } from '../key/object';
import { currentValue, located } from '../values';

const NOT_ALLOWED = new Fault(
  'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
);
const SLEEP_MS_MAX = 3_600_000;
const LOCAL = /^(127\.|\[::1\]|\[::ffff:127\.|unix:|\/)/;

/** Behind the setting enable-debug-command: no, local or yes. */
function allow({ node, client }: Context): void {
  const setting = node.settings.get('enable-debug-command');
  if (setting !== 'yes' && !(setting === 'local' && LOCAL.test(client.address))) throw NOT_ALLOWED;
}

const ABOUT = { group: 'server', since: '1.0.0', flags: ['admin', 'noscript', 'loading', 'stale'] } as const;

const sleep = command({
  ...ABOUT,
  name: 'sleep',
  summary: 'Let this connection wait for so many seconds',
  help: ['Let this connection wait for <seconds>. Decimals allowed.'],
  args: { seconds: text() },
  run(ctx, { seconds }) {
    allow(ctx);
    const ms = Math.min(SLEEP_MS_MAX, Math.max(0, (Number.parseFloat(seconds) || 0) * 1000));
    return ctx.when(ms === 0 ? undefined : ctx.node.sleep(ms), () => ctx.out.ok());
  },
});

const object = command({
  ...ABOUT,
  name: 'object',
  summary: 'Show low level information about a key and its value',
  help: ['Show low level info about `key` and associated value.'],
  args: { key: key('RO') },
  run(ctx, { key }) {
    allow(ctx);
    return currentValue(ctx, key, (value) => {
      if (value === null) throw NO_SUCH_KEY;
      const about = `encoding:${encodingOf(value)} serializedlength:${lengthOf(value) + 1}`;
      return located(ctx, key, (slot) => {
        if (slot === 0) throw NO_SUCH_KEY;
        const { idleSeconds, layer, hits } = ctx.engine.info(slot);
        const idle = Math.floor(idleSeconds);
        ctx.out.simple(
          `Value at:${slot} refcount:1 ${about} lru:0 lru_seconds_idle:${idle} layer:${layer} hits:${hits}`,
        );
      });
    });
  },
});

export const debug = container({
  ...ABOUT,
  name: 'debug',
  summary: 'A container for debugging commands',
  complexity: 'Depends on subcommand.',
  children: [sleep, object],
  examples: `
> DEBUG SLEEP 0
+OK
`,
});
