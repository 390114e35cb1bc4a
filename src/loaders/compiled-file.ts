import { join, relative, resolve } from 'node:path';

/** A thread or process runs compiled code only; under ts-jest this file is a .ts one, and the build is beside the sources. */
export function compiledFile(name: string, here: string = __filename): string {
  const root = resolve(__dirname, '../..');
  const folder = here.endsWith('.ts') ? join(root, 'dist', relative(root, __dirname)) : __dirname;
  return join(folder, `${name}.js`);
}
