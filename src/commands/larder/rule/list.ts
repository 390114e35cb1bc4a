import type { RuleInfo } from '../../../engine/api';
import { command } from '../../framework/command';
import type { ReplyWriter } from '../../framework/wire';

export const list = command({
  group: 'larder',
  since: '0.1.0',
  name: 'list',
  summary: 'List all rules with what they did, as maps',
  help: ['List all rules with what they did.'],
  complexity: 'O(N) where N is the number of rules',
  flags: ['readonly'],
  tips: ['nondeterministic_output'],
  run({ engine, out }) {
    const rules = engine.rules();
    out.array(rules.length);
    for (const rule of rules) writeRule(out, rule);
  },
});

function writeRule(out: ReplyWriter, rule: RuleInfo): void {
  const texts = (name: string, all: readonly string[]) => {
    out.bulkText(name);
    out.array(all.length);
    for (const each of all) out.bulkText(each);
  };
  const words = [['name', rule.name] as const, ['source', rule.source] as const];
  const numbers = [
    ['soft', rule.soft ? 1 : 0] as const,
    ['priority', rule.priority] as const,
    ['fired', rule.fired] as const,
    ['invalidated', rule.invalidated] as const,
    ['skipped', rule.skipped] as const,
    ['changed', rule.changed] as const,
    ['unchanged', rule.unchanged] as const,
  ];
  out.map(words.length + 3 + numbers.length);
  for (const [name, word] of words) {
    out.bulkText(name);
    out.bulkText(word);
  }
  texts('on', rule.on);
  texts('invalidate', rule.invalidate);
  texts('context', rule.contextNames);
  for (const [name, number] of numbers) {
    out.bulkText(name);
    out.integer(number);
  }
}
