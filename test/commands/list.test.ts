import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS, createTable } from '../../src/commands/all';
import { everyCommand } from '../../src/commands/introspection/command/named';

const ROOT = join(__dirname, '../../src/commands');
const FOLDERS = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'framework')
  .map((entry) => entry.name);
const DECLARES = /^export const (\w+) = (?:command|container|\w+Command)\(/gm;

/** Children of the container COMMAND, which has a folder of its own. */
const IN_CONTAINERS = ['list', 'getkeys', 'getkeysandflags'];

test('every declaration is in the list', () => {
  const list = readFileSync(join(ROOT, 'all.ts'), 'utf8');
  const declared = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [...readFileSync(join(ROOT, folder, name), 'utf8').matchAll(DECLARES)].map((m) => m[1]!)),
  );
  expect(declared.length).toBeGreaterThan(60);
  const missing = declared.filter((name) => !IN_CONTAINERS.includes(name) && !list.includes(`  ${name},\n`));
  // A name here: add its import and its line to src/commands/all.ts.
  expect(missing).toEqual([]);
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
    const onlyFirst = command.keySpecs.every((spec) => ['RO', 'RW', 'OW', 'RM'].includes(spec.flags[0]!));
    expect(onlyFirst).toBe(true);
  },
);
