import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as ts from 'typescript';
import type { Mutant, Patch } from './list';

/** The repository, from dist/test/simulation/mutants as from test/simulation/mutants. */
export const ROOT = resolve(__dirname.replace(/\/dist\/test\//, '/test/'), '..', '..', '..');
const PARTS = ['src', 'protocol', 'test'];

/** The source with the bug in it. Throws if the text is not there exactly once: the list is behind the source. */
export function patched(source: string, { file, find, put }: Patch): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${file}: ${parts.length - 1} times, not once: ${find}`);
  return parts.join(put);
}

/** Every file that the mutant changes, changed. */
export function mutated(mutant: Mutant): Map<string, string> {
  const files = new Map<string, string>();
  for (const patch of mutant.patches) {
    const source = files.get(patch.file) ?? readFileSync(join(ROOT, patch.file), 'utf8');
    files.set(patch.file, patched(source, patch));
  }
  return files;
}

/** Copies the build to dist/mutant/<name> and puts the bug in; the directory. */
export function buildMutant(mutant: Mutant): string {
  const dir = join(ROOT, 'dist', 'mutant', mutant.name);
  rmSync(dir, { recursive: true, force: true });
  for (const part of PARTS) {
    const filter = (path: string) => !path.endsWith('.map');
    cpSync(join(ROOT, 'dist', part), join(dir, part), { recursive: true, filter });
  }
  for (const [file, source] of mutated(mutant)) {
    const out = join(dir, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(out), { recursive: true });
    const compilerOptions = {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
    };
    writeFileSync(out, ts.transpileModule(source, { compilerOptions }).outputText);
  }
  return dir;
}
