import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cachectl } from './support/terminal';

const run = promisify(execFile);

/** What bash offers when TAB is pressed after these words (the last is what has been typed of the next). */
async function offers(words: string[]): Promise<string[]> {
  const { out } = await cachectl(['completion', 'bash']);
  const press = `${out}\nCOMP_WORDS=(cachectl "$@"); COMP_CWORD=$#; _cachectl; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['-c', press, 'bash', ...words]);
  return stdout.split('\n').filter(Boolean);
}

test('bash: commands, subcommands, choices and options', async () => {
  expect(await offers([''])).toEqual(expect.arrayContaining(['ping', 'tags', 'export']));
  expect(await offers(['ta'])).toEqual(['tagset', 'tags']);
  expect(await offers(['tags', ''])).toEqual(['add', 'remove', 'list', 'keys']);
  expect(await offers(['completion', ''])).toEqual(['bash', 'zsh', 'fish']);
  expect(await offers(['deps', 'list', 'k', '--d'])).toEqual(['--down', '--depth', '--db']);
  expect(await offers(['set', '--x'])).toEqual(['--xx']);
  expect(await offers(['get', '--x'])).toEqual([]);
});

test('bash: an option and its value are not taken for the command', async () => {
  expect(await offers(['-h', 'tags', 'config', ''])).toEqual(['get', 'set', 'rewrite']);
  expect(await offers(['--json', 'tags', 'l'])).toEqual(['list']);
});

test.each(['zsh', 'fish'])('%s: names every command and option', async (shell) => {
  const { out, exitCode } = await cachectl(['completion', shell]);
  expect(exitCode).toBe(0);
  for (const word of ['ping', 'tagset', 'rewrite', 'grace', 'strict', 'socket']) expect(out).toContain(word);
});

test('no server is asked', async () => {
  expect((await cachectl(['-s', '/nonexistent', 'completion', 'bash'])).exitCode).toBe(0);
});
