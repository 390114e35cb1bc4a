import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** What a file exports, somebody else uses: constants, functions and classes. Types may name a part of what is used. */
const ROOT = resolve(__dirname, '..');
/** What bin/larder loads, once it has looked whether it is there. */
const ENTRY = `${join(ROOT, 'src/main.ts')} main`;
const EXPORT = /^export (?:abstract |async )?(?:const|let|function\*?|class) (\w+)/gm;
/** The names, or the whole (`* as`, `import()`, `require()`), and the file. */
const NAMED = /\b(?:import|export)\s+(?:type\s+)?(?:\w+,\s*)?\{([^}]*)\}\s*from\s*'(\.[^']*)'/g;
const WHOLE = /(?:\*(?: as \w+)?\s*from|import\(|require\()\s*['"](\.[^'"]*)['"]/g;

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : /^[^.]+$|\.(ts|js)$/.test(name) ? [path] : [];
  });
}

function targetOf(from: string, to: string): string {
  const path = resolve(dirname(from), to).replace(`${ROOT}/dist/`, `${ROOT}/`).replace(/\.js$/, '');
  return existsSync(`${path}.ts`) ? `${path}.ts` : join(path, 'index.ts');
}

/** `file name` of everything that some file imports; `file *` where it takes the whole. */
function usesOf(files: readonly string[], read: (file: string) => string): Set<string> {
  const uses = new Set([ENTRY]);
  for (const file of files) {
    const text = read(file);
    for (const [, names, to] of text.matchAll(NAMED)) {
      const target = targetOf(file, to!);
      for (const name of names!.split(','))
        uses.add(
          `${target} ${
            name
              .trim()
              .replace(/^type /, '')
              .split(' as ')[0]
          }`,
        );
    }
    for (const [, to] of text.matchAll(WHOLE)) uses.add(`${targetOf(file, to!)} *`);
  }
  return uses;
}

function unusedIn(exporters: readonly string[], uses: ReadonlySet<string>, read: (file: string) => string): string[] {
  return exporters.flatMap((file) =>
    [...read(file).matchAll(EXPORT)]
      .map(([, name]) => name!)
      .filter((name) => !uses.has(`${file} ${name}`) && !uses.has(`${file} *`))
      .map((name) => `${relative(ROOT, file)}: nobody else uses ${name}: take its 'export' away`),
  );
}

const text = (file: string) => readFileSync(file, 'utf8');
const folders = ['src', 'protocol', 'test', 'bench', 'bin'].map((folder) => join(ROOT, folder));

test('every exported constant, function and class is used in another file', () => {
  const exporters = [...filesUnder(folders[0]!), ...filesUnder(folders[1]!)];
  expect(unusedIn(exporters, usesOf(folders.flatMap(filesUnder), text), text)).toEqual([]);
});

test('one that is not is found, whatever else is imported from there', () => {
  const bytes = join(ROOT, 'src/base/bytes.ts');
  const user = join(ROOT, 'src/engine/values.ts');
  const unused = (imports: string) => {
    const read = (file: string) => (file === bytes ? 'export const kept = 1;\nexport function lost() {}\n' : imports);
    return unusedIn([bytes], usesOf([user], read), read).map((line) => line.split(' ')[4]);
  };
  expect(unused("import { kept } from '../base/bytes';")).toEqual(['lost:']);
  expect(unused("import { type kept as other, lost } from '../base/bytes';")).toEqual([]);
  expect(unused("import * as all from '../base/bytes';")).toEqual([]);
  expect(unused("import { kept, lost } from '../base/fault';")).toEqual(['kept:', 'lost:']);
});
