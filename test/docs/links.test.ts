import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..', '..');
/** Not ours, or made anew. */
const SKIPPED = new Set(['node_modules', 'dist', 'data', 'coverage', '.git', '.artifacts']);

function markdownUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    if (SKIPPED.has(name)) return [];
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return markdownUnder(path);
    return name.endsWith('.md') ? [path] : [];
  });
}

/** Without code: what looks like a link in there is none. */
function prose(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, 'code');
}

/** GitHub's names of the headings. */
function anchorsOf(text: string): string[] {
  const headings = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} (.*)$/gm)].map(
    ([, heading]) => heading!,
  );
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** Links of a Markdown text at `path` that lead nowhere; addresses on the web are not followed. */
function brokenLinks(path: string, text: string): string[] {
  const targets = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
  return targets.flatMap((target) => {
    if (/^[a-z]+:/i.test(target)) return [];
    const [file = '', anchor] = target.split('#');
    const to = file === '' ? path : resolve(dirname(path), file);
    const where = `${relative(ROOT, path)} links to ${target}`;
    if (!existsSync(to)) return [`${where}: there is no ${relative(ROOT, to)}`];
    if (anchor === undefined || anchorsOf(file === '' ? text : readFileSync(to, 'utf8')).includes(anchor)) return [];
    return [`${where}: ${relative(ROOT, to)} has no such heading`];
  });
}

test('every link in a Markdown file leads somewhere', () => {
  const files = markdownUnder(ROOT);
  expect(files.map((path) => relative(ROOT, path))).toContain('README.md');
  expect(files.flatMap((path) => brokenLinks(path, readFileSync(path, 'utf8')))).toEqual([]);
});

test('a link to a missing file or heading is found, one inside code is not', () => {
  const path = join(ROOT, 'README.md');
  expect(brokenLinks(path, '[a](src/nowhere.md) `[b](src/nowhere.md)` [c](https://example.org)')).toEqual([
    'README.md links to src/nowhere.md: there is no src/nowhere.md',
  ]);
  expect(brokenLinks(path, '# Here\n[a](#here) [b](#there)')).toEqual([
    'README.md links to #there: README.md has no such heading',
  ]);
});
