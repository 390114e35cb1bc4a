import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** The house's storeys. A file imports from its own folder or from a lower rank, never sideways, never up. */
const RANKS: Record<string, number> = {
  protocol: 0,
  'src/base': 0,
  'src/config': 1,
  'src/layers': 1,
  'src/invalidation': 1,
  'src/loaders': 1,
  'src/types': 1,
  'src/scripting': 1,
  'src/engine': 2,
  'src/monitoring': 3,
  'src/warming': 3,
  'src/commands': 4,
  'src/server': 5,
  'src/admin': 5,
  'src/cli': 5,
  'src/client': 5,
  'src/docs': 6,
  src: 6,
};

const ROOT = resolve(__dirname, '..');

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return filesUnder(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

/** The room a file is in: the longest folder that has a rank. */
function roomOf(path: string): string {
  const inside = relative(ROOT, path).split(sep).join('/');
  const rooms = Object.keys(RANKS).filter((room) => inside.startsWith(`${room}/`));
  const room = rooms.sort((a, b) => b.length - a.length)[0];
  if (room === undefined) throw new Error(`${inside} is in no room: give its folder a rank in test/house.test.ts`);
  return room;
}

function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/(?:from|import|require\()\s*'(\.[^']*)'/g)].map((match) =>
    resolve(dirname(path), match[1]!),
  );
}

function findBreaches(files: readonly string[], read = importsOf): string[] {
  const breaches: string[] = [];
  for (const file of files) {
    const room = roomOf(file);
    for (const imported of read(file)) {
      const target = roomOf(existsSync(`${imported}.ts`) ? `${imported}.ts` : join(imported, 'index.ts'));
      if (target === room || RANKS[target]! < RANKS[room]!) continue;
      breaches.push(
        `${relative(ROOT, file)} (${room}, rank ${RANKS[room]}) imports ${relative(ROOT, imported)} (${target}, rank ` +
          `${RANKS[target]}): move what it needs to a lower rank, or hand it in as an argument from src/sidecar.ts`,
      );
    }
  }
  return breaches;
}

const FILES = [...filesUnder(join(ROOT, 'src')), ...filesUnder(join(ROOT, 'protocol'))];

test('every import goes down or stays in its room', () => {
  expect(findBreaches(FILES)).toEqual([]);
});

test('an import that goes up is found', () => {
  const file = join(ROOT, 'src/base/bytes.ts');
  expect(findBreaches([file], () => [join(ROOT, 'src/engine/engine')])).toHaveLength(1);
});

test('every folder of the house says what lives there', () => {
  const silent = Object.keys(RANKS).filter(
    (room) => statSync(join(ROOT, room)).isDirectory() && !readdirSync(join(ROOT, room)).includes('README.md'),
  );
  expect(silent).toEqual([]);
});
