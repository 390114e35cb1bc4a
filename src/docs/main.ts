import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshReadme } from './readme';

/** `npm run docs`: from dist/src/docs, so the README is three folders up. */
const README = join(__dirname, '..', '..', '..', 'README.md');

const text = readFileSync(README, 'utf8');
const fresh = freshReadme(text);
if (fresh !== text) writeFileSync(README, fresh);
process.stdout.write(fresh === text ? 'README.md is fresh\n' : 'README.md: generated blocks written anew\n');
