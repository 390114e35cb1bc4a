import { counted, flag, integer, required, text, token } from '../../framework/arguments';
import { command, container } from '../../framework/command';
import { list } from './list';

const RULE = { group: 'larder', since: '0.1.0' } as const;
const PRIORITY = { min: -1_000_000_000, max: 1_000_000_000 };

const add = command({
  ...RULE,
  name: 'add',
  summary: 'Add a rule, or replace the one of that name: when tags are invalidated, invalidate others too',
  help: ['Whenever a tag that fits one of the patterns is invalidated, invalidate the templates too.'],
  complexity: 'O(N) where N is the number of patterns and templates',
  flags: ['write'],
  args: {
    name: text(),
    on: required(counted('ON', 'pattern', text('pattern', 'pattern'))),
    invalidate: required(counted('INVALIDATE', 'template', text('template'))),
    context: counted('CONTEXT', 'field', text('field')),
    soft: flag('SOFT'),
    priority: token('PRIORITY', integer(PRIORITY)),
  },
  strict: true,
  run({ engine, out }, { name, on, invalidate, context, soft, priority = 0 }) {
    engine.ruleAdd({ name, on, invalidate, context, soft, priority });
    out.ok();
  },
});

const del = command({
  ...RULE,
  name: 'del',
  summary: 'Delete a rule that RULE ADD has added; answers how many there were of that name',
  help: ['Delete a rule.'],
  complexity: 'O(N) where N is the number of rules',
  flags: ['write'],
  args: { name: text() },
  run: ({ engine, out }, { name }) => out.integer(engine.ruleDelete(name) ? 1 : 0),
});

export const rule = container({
  ...RULE,
  name: 'rule',
  summary: 'A container for commands about rules: which tags are invalidated along with which',
  complexity: 'Depends on subcommand.',
  flags: [],
  children: [add, del, list],
  examples: `
> RULE ADD feeds ON 1 user:{id} INVALIDATE 1 feed:{id}
+OK
> TAGSET feed:7 posts TAGS feed:7
+OK
> INVALTAG user:7
:1
> RULE ADD feeds ON 1 user:{a}{b} INVALIDATE 1 feed:{a}
-ERR rule 'feeds': 'user:{a}{b}': put something between {a} and the placeholder after it
> RULE DEL feeds
:1
> RULE DEL feeds
:0
`,
});
