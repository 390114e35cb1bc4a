import type { Command } from '../../framework/command';
import type { KeySpec } from '../../framework/key-specs';
import type { ReplyWriter } from '../../framework/wire';

/** Elements of one command in COMMAND INFO. */
const ELEMENTS = 10;

function writeSimpleSet(out: ReplyWriter, words: readonly string[]): void {
  out.set(words.length);
  for (const word of words) out.simple(word);
}

function writeNumbers(out: ReplyWriter, type: string, numbers: Readonly<Record<string, number | string>>): void {
  const entries = Object.entries(numbers);
  out.map(2);
  out.bulkText('type');
  out.bulkText(type);
  out.bulkText('spec');
  out.map(entries.length);
  for (const [name, value] of entries) {
    out.bulkText(name);
    if (typeof value === 'number') out.integer(value);
    else out.bulkText(value);
  }
}

function writeKeySpec(out: ReplyWriter, { flags, begin, find, notes }: KeySpec): void {
  out.map(notes === undefined ? 3 : 4);
  if (notes !== undefined) {
    out.bulkText('notes');
    out.bulkText(notes);
  }
  out.bulkText('flags');
  writeSimpleSet(out, flags);
  out.bulkText('begin_search');
  if ('index' in begin) writeNumbers(out, 'index', { index: begin.index });
  else writeNumbers(out, 'keyword', { keyword: begin.keyword, startfrom: begin.startFrom });
  out.bulkText('find_keys');
  if ('lastKey' in find) writeNumbers(out, 'range', { lastkey: find.lastKey, keystep: find.step, limit: 0 });
  else writeNumbers(out, 'keynum', { keynumidx: find.keyNumIndex, firstkey: find.firstKey, keystep: find.step });
}

/** One command as COMMAND and COMMAND INFO show it. */
export function writeInfo(out: ReplyWriter, command: Command): void {
  out.array(ELEMENTS);
  out.bulkText(command.fullName);
  out.integer(command.arity);
  writeSimpleSet(out, command.flags);
  out.integer(command.keys.first);
  out.integer(command.keys.last);
  out.integer(command.keys.step);
  writeSimpleSet(out, command.acl);
  const tips = command.tips ?? [];
  out.set(tips.length);
  for (const tip of tips) out.bulkText(tip);
  out.set(command.keySpecs.length);
  for (const spec of command.keySpecs) writeKeySpec(out, spec);
  if (command.children === undefined) out.set(0);
  else {
    out.array(command.children.size);
    for (const child of command.children.list()) writeInfo(out, child);
  }
}
