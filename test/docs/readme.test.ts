import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blockIn, blockNames, fillBlocks } from '../../src/docs/blocks';
import { freshReadme, README_BLOCKS } from '../../src/docs/readme';
import { type RunningLarder, startLarder } from '../support/larder';
import { agrees, cachectl, redisCli, type Said, type Step, stepsOf, Terminals, Tokens } from './tour';

const README = join(__dirname, '..', '..', 'README.md');
const text = readFileSync(README, 'utf8');

function staleBlocks(readme: string): string[] {
  const fresh = freshReadme(readme);
  return blockNames(readme).filter((name) => blockIn(readme, name) !== blockIn(fresh, name));
}

describe('generated blocks', () => {
  test('README.md is what `npm run docs` writes', () => {
    const advice = staleBlocks(text).map((name) => `README.md: the ${name} block is stale: run \`npm run docs\``);
    expect(advice).toEqual([]);
    expect(freshReadme(text)).toBe(text);
  });

  test.each([...README_BLOCKS.keys()])('a change in the %s block is found', (name) => {
    const fresh = freshReadme(text);
    const changed = fresh.replace(`<!-- end:${name} -->`, (marker) => `x${marker}`);
    expect(staleBlocks(changed)).toEqual([name]);
  });

  test('markers that do not fit are refused with their name', () => {
    const blocks = new Map([['a', () => 'A']]);
    const fill = (readme: string) => () => fillBlocks(readme, blocks);
    expect(fillBlocks('x\n<!-- generated:a -->old<!-- end:a -->\ny', blocks)).toBe(
      'x\n<!-- generated:a -->\n\nA\n\n<!-- end:a -->\ny',
    );
    expect(fill('nothing')).toThrow('no place for a: add <!-- generated:a --> and <!-- end:a -->');
    expect(fill('<!-- generated:b --><!-- end:b --><!-- generated:a --><!-- end:a -->')).toThrow('nothing makes');
    expect(fill('<!-- generated:a -->')).toThrow('<!-- generated:a --> has no <!-- end:a -->');
    expect(fill('<!-- generated:a --><!-- end:b -->')).toThrow('<!-- end:b --> stands where <!-- end:a --> should');
    expect(fill('<!-- end:a -->')).toThrow('<!-- end:a --> stands where a block should begin');
  });
});

describe('the tour', () => {
  const home = mkdtempSync(join(tmpdir(), 'larder-tour-'));
  let origin: Server;
  let larder: RunningLarder | undefined;
  let flags: string[] = [];
  let terminals: Terminals | undefined;
  const tokens = new Tokens();

  beforeAll(async () => {
    // What the tour puts into the folder that it serves.
    const files = new Map([
      ['/users/7', '{"name":"Ada"}'],
      ['/users/8', '{"name":"Grace"}'],
    ]);
    origin = createServer((request, response) => {
      const body = files.get(request.url ?? '');
      response.writeHead(body === undefined ? 404 : 200).end(body);
    });
    await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done));
  });

  afterAll(async () => {
    terminals?.close();
    await larder?.stop();
    await new Promise((done) => origin.close(done));
    rmSync(home, { recursive: true, force: true });
  });

  async function act(what: string): Promise<void> {
    if (what === 'kill -9 and start again') await larder!.kill();
    else if (what === 'stop and start with the file') expect(await larder!.stop()).toBe(0);
    else if (what !== 'start') throw new Error(`README.md: nobody knows how to '${what}'`);
    await start();
  }

  async function start(): Promise<void> {
    terminals?.close();
    larder = undefined;
    larder = await startLarder([...flags, '--journal-dir', home], home);
    terminals = new Terminals(larder.port);
  }

  function keepFile(yaml: string): void {
    const { port } = origin.address() as AddressInfo;
    const path = join(home, 'larder.yaml');
    expect(yaml).toContain('http://127.0.0.1:8080');
    writeFileSync(path, yaml.replace('http://127.0.0.1:8080', `http://127.0.0.1:${port}`));
    flags = [path];
  }

  function ask({ kind, typed, terminal }: Said): Promise<string[]> {
    if (kind === 'cachectl') return cachectl(larder!.port, typed);
    if (terminal === undefined) return redisCli(larder!.port, typed);
    return terminals!.type(terminal, tokens.in(typed));
  }

  /** What is wrong with the step, or nothing. */
  async function take(step: Step): Promise<string[]> {
    if (step.kind === 'act') await act(step.what);
    if (step.kind === 'file') keepFile(step.text);
    if (step.kind === 'act' || step.kind === 'file') return [];
    const said = await ask(step);
    tokens.learn(step.shown, said);
    const shown = step.shown.map((line) => tokens.in(line));
    if (agrees(shown, said)) return [];
    return [`README.md:${step.line}: ${step.typed}\n  shows ${step.shown.join(' / ')}\n  but is ${said.join(' / ')}`];
  }

  test('every reply is what the server answers', async () => {
    const steps = stepsOf(text);
    expect(steps.filter(({ kind }) => kind === 'act')).toHaveLength(3);
    const wrong: string[] = [];
    for (const step of steps) wrong.push(...(await take(step)));
    expect(wrong).toEqual([]);
  });

  test('a wrong reply is found, with its line', async () => {
    if (larder === undefined) await start();
    const line = text.split('\n').indexOf('"hello, larder"') + 1;
    const step = stepsOf(text.replace('"hello, larder"\n', '"hello, pantry"\n')).find(
      (each) => each.line === line - 1,
    )!;
    expect(await take(step)).toEqual([expect.stringContaining(`README.md:${line - 1}: GET greeting`)]);
  });

  test('three dots stand for any lines, and nothing else does', () => {
    expect(agrees(['a', '...', 'c'], ['a', 'b', 'b', 'c'])).toBe(true);
    expect(agrees(['a', '...'], ['a'])).toBe(true);
    expect(agrees(['a', '...', 'c'], ['a', 'b'])).toBe(false);
    expect(agrees(['a'], ['a', 'b'])).toBe(false);
  });
});
