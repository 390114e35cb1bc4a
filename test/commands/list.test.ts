import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS, createTable } from '../../src/commands/all';
import type { Command } from '../../src/commands/framework/command';
import { everyCommand } from '../../src/commands/introspection/command/named';

const ROOT = join(__dirname, '../../src/commands');
const FOLDERS = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'framework')
  .map((entry) => entry.name);

function isCommand(exported: unknown): exported is Command {
  return typeof exported === 'object' && exported !== null && 'execute' in exported && 'fullName' in exported;
}

/** Commands that the files of a folder export. */
function declaredIn(folder: string): Command[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => Object.values(require(join(ROOT, folder, name))).filter(isCommand));
}

test('every declaration is in the list, or a subcommand of one that is', () => {
  const summaries = new Set([...everyCommand(createTable())].map((each) => `${each.name}: ${each.summary}`));
  const declared = FOLDERS.flatMap(declaredIn);
  expect(declared.length).toBeGreaterThan(60);
  const missing = declared.filter((each) => !summaries.has(`${each.name}: ${each.summary}`));
  // A name here: add its import and its line to src/commands/all.ts, or to its container's children.
  expect(missing.map((each) => each.name)).toEqual([]);
});

test('two commands of one name are refused', () => {
  expect(() => createTable([...COMMANDS, COMMANDS[0]!])).toThrow(/two commands are named/);
});

test.each([...everyCommand(createTable())].map((command) => [command.fullName, command] as const))(
  '%s is declared whole',
  (_name, command) => {
    expect(command.summary).toMatch(/^[A-Z].{5,}/);
    expect(command.name).toBe(command.name.toLowerCase());
    expect(command.flags.includes('write') && command.flags.includes('readonly')).toBe(false);
    const onlyFirst = command.keySpecs.every((spec) => ['RO', 'RW', 'OW', 'RM', 'not_key'].includes(spec.flags[0]!));
    expect(onlyFirst).toBe(true);
  },
);
