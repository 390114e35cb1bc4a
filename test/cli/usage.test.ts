import { connect } from '../../src/client/connect';
import { startRedis } from './support/redis';
import { cachectl } from './support/terminal';

let redis: Awaited<ReturnType<typeof startRedis>> | undefined;

afterEach(async () => {
  await redis?.stop();
  redis = undefined;
});

describe('exit code 2 and a line that says what is wrong', () => {
  test.each<[string[], string]>([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['get'], "missing required argument 'key'"],
    [['get', 'a', 'b'], 'too many arguments'],
    [['set', 'k', 'v', '--ex', '0'], 'Expected a whole number, 1 or more.'],
    [['set', 'k', 'v', '--ex', '1', '--px', '1'], '--ex and --px exclude each other'],
    [['set', 'k', 'v', '--nx', '--xx'], '--nx and --xx exclude each other'],
    [['tagset', 'k', 'v'], "required option '--tag <tag...>' not specified"],
    [['inval'], 'missing argument'],
    [['deps', 'list', 'k', '--up', '--down'], '--up and --down exclude each other'],
    [['stats', 'summary', '--reset'], '--reset takes no sections'],
    [['watch', '--interval', '0'], 'Expected seconds'],
    [['bench', '--test', 'lpush'], 'Allowed choices are ping, set, get'],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
    [['-p', '70000', 'ping'], 'Expected a whole number, from 1 to 65535.'],
  ])('%j', async (words, complaint) => {
    // Nobody may be asked: a connection attempt would fail the test with another exit code.
    const { exitCode, err, out } = await cachectl(['-s', '/nonexistent', ...words]);
    expect(err).toContain(complaint);
    expect(exitCode).toBe(2);
    expect(out).toBe('');
  });

  test('no command at all shows the help', async () => {
    const { exitCode, err } = await cachectl([]);
    expect(exitCode).toBe(2);
    expect(err).toContain('Usage: cachectl');
  });

  test('files that cannot be read or written', async () => {
    redis = await startRedis();
    const run = (...words: string[]) => cachectl(['-s', redis?.socket ?? '', ...words]);
    expect(await run('import', '/nonexistent/file')).toMatchObject({ exitCode: 2, out: '' });
    expect(await run('import', '/')).toMatchObject({ exitCode: 2, out: '' });
    const written = await run('export', '/nonexistent/file');
    expect(written).toMatchObject({ exitCode: 2, out: '' });
    expect(written.err).toMatch(/^cachectl: cannot write \/nonexistent\/file: ENOENT.*\n$/);
  });
});

test('--help names every command and the exit codes; each command has its own help', async () => {
  const { exitCode, out } = await cachectl(['--help']);
  expect(exitCode).toBe(0);
  const commands = 'ping get set tagset tags inval deps warm stats info config watch bench completion export import';
  for (const name of commands.split(' ')) {
    expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    const help = await cachectl([name, '--help']);
    expect(help).toMatchObject({ exitCode: 0, err: '' });
    expect(help.out).toContain(`Usage: cachectl ${name}`);
  }
  for (const line of ['0  done', '1  the answer is no', '2  wrong usage', '3  no connection', '4  the server']) {
    expect(out).toContain(line);
  }
});

test('--version', async () => {
  expect(await cachectl(['--version'])).toMatchObject({ exitCode: 0, out: '1.2.3\n' });
});

describe('exit code 3: no connection', () => {
  test('says to whom and why, in one line', async () => {
    const socket = await cachectl(['-s', '/nonexistent/socket', 'ping', '--json']);
    const line =
      'cachectl: could not connect to /nonexistent/socket: there is no such socket; is the server running?\n';
    expect(socket).toMatchObject({ exitCode: 3, out: '', err: line });
  });

  test('an error is red on a terminal, but not with NO_COLOR, --no-color or TERM=dumb', async () => {
    const err = async (words: string[], env: Record<string, string>) =>
      (await cachectl(['-s', '/nonexistent/socket', 'ping', ...words], { isTTY: true, env })).err;
    expect(await err([], {})).toContain('\x1b[31m');
    expect(await err([], { NO_COLOR: '1' })).not.toContain('\x1b');
    expect(await err(['--no-color'], {})).not.toContain('\x1b');
    expect(await err([], { TERM: 'dumb' })).not.toContain('\x1b');
  });
});

describe('passwords', () => {
  test('come from -a or LARDER_PASSWORD, and a wrong one is exit code 4', async () => {
    const { socket } = (redis = await startRedis(['--requirepass', 'pässword']));
    const run = (words: string[], env: Record<string, string> = {}) => cachectl(['-s', socket, ...words], { env });
    expect(await run(['ping'])).toMatchObject({ exitCode: 4, err: 'cachectl: NOAUTH Authentication required.\n' });
    expect((await run(['-a', 'wrong', 'ping'])).err).toContain('WRONGPASS');
    expect((await run(['-a', 'wrong', 'ping'])).exitCode).toBe(4);
    expect((await run(['-a', 'pässword', 'ping'])).exitCode).toBe(0);
    expect((await run(['ping'], { LARDER_PASSWORD: 'pässword' })).exitCode).toBe(0);
    const password = Buffer.from('pässword').toString('latin1');
    (await connect({ unixSocket: socket, password })).close();
  });
});
