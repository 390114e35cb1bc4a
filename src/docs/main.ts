import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GENERATED_FILES } from './files';
import { freshReadme } from './readme';

/** `npm run docs`: from dist/src/docs, so the root is three folders up. */
const ROOT = join(__dirname, '..', '..', '..');

function refresh(path: string, make: (text: string) => string): void {
  const file = join(ROOT, path);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const fresh = make(text);
  if (fresh !== text) writeFileSync(file, fresh);
  process.stdout.write(`${path} ${fresh === text ? 'is fresh' : 'was written anew'}\n`);
}

refresh('README.md', freshReadme);
for (const [path, make] of GENERATED_FILES) refresh(path, make);
