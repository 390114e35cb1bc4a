import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { startRedis } from './support/redis';

const ROOT = resolve(__dirname, '../..');

let home: string;
let redis: Awaited<ReturnType<typeof startRedis>>;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'larder-cachectl-'));
  cpSync(join(ROOT, 'bin'), join(home, 'bin'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(home, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  redis = await startRedis();
});
afterAll(async () => {
  await redis?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** What npm run build would make of the folders that cachectl needs, so that a stale dist cannot be tested. */
function build(): void {
  for (const folder of ['src/cli', 'src/client', 'src/base', 'protocol']) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue;
      const target = join(home, 'dist', folder, name.replace(/\.ts$/, '.js'));
      const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
      const { outputText } = ts.transpileModule(readFileSync(join(ROOT, folder, name), 'utf8'), {
        compilerOptions: options,
      });
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, outputText);
    }
  }
}

interface Ended {
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

function cachectl(words: string[]): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(join(home, 'bin/cachectl'), words, { encoding: 'buffer' }, (_, stdout, stderr) =>
      done({ code: child.exitCode, stdout, stderr: stderr.toString() }),
    );
  });
}

test('before npm run build it says what to do', async () => {
  expect(await cachectl(['ping'])).toMatchObject({
    code: 2,
    stderr: 'cachectl is not built yet: run `npm run build` first.\n',
  });
});

describe('as a real process', () => {
  beforeAll(build);

  test('values go through byte for byte, exit codes arrive', async () => {
    expect(await cachectl(['-s', redis.socket, 'set', 'k', 'é\n'])).toMatchObject({ code: 0, stderr: '' });
    const got = await cachectl(['-s', redis.socket, 'get', 'k']);
    expect(got).toMatchObject({ code: 0, stdout: Buffer.from('é\n'), stderr: '' });
    expect((await cachectl(['-s', redis.socket, 'get', 'nothing'])).code).toBe(1);
    expect((await cachectl(['nonsense'])).code).toBe(2);
    expect((await cachectl(['-s', '/nonexistent', 'ping'])).code).toBe(3);
    expect((await cachectl(['-s', redis.socket, 'stats'])).code).toBe(4);
    expect((await cachectl(['--version'])).stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('a reader that closes the pipe early is no error', async () => {
    for (let from = 0; from < 4; from++) {
      await cachectl(['-s', redis.socket, 'set', `big:${from}`, 'x'.repeat(100_000)]);
    }
    const exported = spawn('bash', [
      '-c',
      `set -o pipefail; ${home}/bin/cachectl -s ${redis.socket} export - | head -c 9`,
    ]);
    let stdout = '';
    let stderr = '';
    exported.stdout.on('data', (chunk) => (stdout += chunk));
    exported.stderr.on('data', (chunk) => (stderr += chunk));
    const code = await new Promise((done) => exported.once('close', done));
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '{"format"', stderr: '' });
  });

  test('watch ends with Ctrl-C, exit code 0', async () => {
    const watching = spawn(join(home, 'bin/cachectl'), ['-s', redis.socket, 'watch', '--interval', '600']);
    watching.stdout.once('data', () => watching.kill('SIGINT'));
    expect(await new Promise((done) => watching.once('exit', (...how) => done(how)))).toEqual([0, null]);
  });
});
