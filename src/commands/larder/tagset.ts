import { latin1Of } from '../../base/bytes';
import { KEEP_TTL, type SetOptions } from '../../engine/api';
import { GRACE_MS_MAX } from '../../engine/graces';
import { expiresAtOf, MOMENT_CHOICES } from '../expiry';
import { bytes, choice, counted, flag, integer, key, many, oneOf, required, text, token } from '../framework/arguments';
import { command } from '../framework/command';
import { SYNTAX } from '../framework/faults';
import { store } from '../string/store';

export const tagset = command({
  name: 'tagset',
  group: 'larder',
  since: '0.1.0',
  summary:
    'Set the value of a key with its tags, and with the keys that it was made from; null if a condition, a void lease or ' +
    'a change since the making of the value began refused it',
  complexity: 'O(T+D) where T is the number of tags and D the number of sources',
  flags: ['write', 'denyoom'],
  args: {
    key: key('RW', 'access', 'update', 'variable_flags'),
    value: bytes(),
    condition: oneOf('NX', 'XX'),
    get: flag('GET'),
    expiration: choice({ ...MOMENT_CHOICES, KEEPTTL: null }),
    lease: token('LEASE', text('token')),
    graceMs: token('GRACE', integer({ min: 1, max: GRACE_MS_MAX, outOfRange: SYNTAX }, 'milliseconds')),
    deps: counted('DEPS', 'source', key('RO')),
    tags: required(token('TAGS', many(text('tag')))),
  },
  strict: true,
  examples: `
> TAGSET user:7 Ann EX 600 TAGS user user:7
+OK
> GET user:7
"Ann"
> TAGLIST user:7
["user", "user:7"]
> TAGSET page:1 html DEPS 1 user:7 TAGS page
+OK
> DEL user:7
:1
> GET page:1
nil
> TAGSET user:7 Bea LEASE nosuchlease TAGS user
nil
> TAGSET user:7 Bea
-ERR wrong number of arguments for 'tagset' command
`,
  run(ctx, { key, value, condition, get, expiration, lease, graceMs, deps, tags }) {
    const options: SetOptions = {
      expiresAt: expiresAtOf(ctx, expiration, 'tagset'),
      tags,
      client: ctx.client.id,
      isFill: true,
    };
    if (lease !== undefined) options.lease = lease;
    if (graceMs !== undefined) options.graceMs = graceMs;
    if (deps !== undefined) options.sources = deps.map(latin1Of);
    return store(ctx, key, value, { condition, get, mustLocate: options.expiresAt === KEEP_TTL }, options);
  },
});
