import { lengthOf } from '../../base/bytes';
import { TYPE_STRING } from '../../layers/layer';
import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { WRONG_TYPE } from '../framework/faults';
import { located, stringOf } from '../values';

export const strlen = command({
  name: 'strlen',
  group: 'string',
  since: '2.2.0',
  summary: 'Get the length of the value stored in a key',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  args: { key: key('RO') },
  examples: `
> SET k hello
+OK
> STRLEN k
:5
> STRLEN missing
:0
`,
  run(ctx, { key }) {
    const { engine, out, client } = ctx;
    return located(ctx, key, (slot) => {
      if (slot !== 0 && engine.typeOf(slot) !== TYPE_STRING) throw WRONG_TYPE;
      if (slot !== 0) return out.integer(engine.lengthOf(slot));
      // Through the key's loader, if it has one.
      return ctx.when(engine.get(client.db, key), (value) =>
        out.integer(value === null ? 0 : lengthOf(stringOf(value))),
      );
    });
  },
});
