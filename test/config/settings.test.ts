import fc from 'fast-check';
import {
  describeSettings,
  loadConfig,
  parseCommandLine,
  readMachineLimits,
  SETTINGS,
  Settings,
} from '../../src/config';
import { duration, type Kind, size } from '../../src/config/kinds';
import { SECTION_NAMES } from '../../src/config/sections';
import { propertyOf, variableOf } from '../../src/config/setting';
import { didYouMean } from '../../src/config/suggest';

const valueIn = (kind: Kind<number>, text: string) => {
  const parsed = kind.parse(text);
  return parsed.ok ? parsed.value : parsed.expected;
};

test.each([
  ['0', 0],
  ['1k', 1000],
  ['1kb', 1024],
  ['1M', 1_000_000],
  ['1MB', 1024 ** 2],
  ['2g', 2_000_000_000],
  ['2gb', 2 * 1024 ** 3],
  ['7b', 7],
])('the size %s is %i bytes', (text, bytes) => expect(valueIn(size(), text)).toBe(bytes));

test.each([
  '',
  ' 1',
  '1 mb',
  '-1',
  '+1',
  '1.5gb',
  '1e3',
  '0x10',
  'mb',
  '1tb',
  '1bk',
  '9'.repeat(16),
  '9999999999gb',
  '١',
])('%j is no size', (text) => expect(valueIn(size(), text)).toEqual(expect.stringMatching(/a size such as|at most/)));

test.each([
  ['10m', 600_000],
  ['2s', 2000],
  ['500ms', 500],
  ['1h', 3_600_000],
  ['1d', 86_400_000],
  ['1.5s', 1500],
  ['3', 3000],
])('the duration %s is %i ms', (text, ms) => expect(valueIn(duration('s'), text)).toBe(ms));

test.each(['', '-1', '1e400', '1y', 's', '1 s', 'NaN', 'Infinity'])('%j is no duration', (text) =>
  expect(valueIn(duration('s'), text)).toEqual(expect.stringContaining('a duration such as')),
);

test('what is printed or answered is read back as the same', () => {
  const number = fc.nat({ max: 2 ** 40 });
  fc.assert(
    fc.property(number, (n) => {
      for (const kind of [size(), duration('ms'), duration('s')]) {
        expect(valueIn(kind, kind.print(n))).toBe(n);
        expect(valueIn(kind, kind.format(n))).toBe(n);
      }
    }),
  );
});

describe('the table', () => {
  test('every default is a value that its own kind prints, answers and reads', () => {
    for (const row of SETTINGS) {
      for (const text of [row.kind.print(row.default), row.kind.format(row.default)]) {
        expect([row.name, row.kind.parse(text)]).toEqual([row.name, { ok: true, value: row.default }]);
      }
    }
  });

  test('names, properties and variables are unique, and no section has the name of a setting', () => {
    for (const nameOf of [(row: (typeof SETTINGS)[number]) => row.name, propertyOf, variableOf]) {
      expect(new Set(SETTINGS.map(nameOf)).size).toBe(SETTINGS.length);
    }
    for (const { name, doc } of SETTINGS) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(doc).toMatch(/^[^\n]{10,160}$/);
      expect(SECTION_NAMES).not.toContain(name);
    }
  });

  test('is described row by row, and help names every flag', () => {
    const rows = describeSettings();
    expect(rows).toHaveLength(SETTINGS.length);
    expect(rows).toContainEqual({
      group: 'memory',
      name: 'maxmemory',
      default: '256mb',
      unit: 'bytes',
      isChangeable: true,
      doc: 'bytes of the memory layer, bookkeeping included; there is no "unlimited"',
    });
    const help = parseCommandLine(['--help']);
    for (const { name } of rows) expect(help).toMatchObject({ text: expect.stringContaining(`--${name} <`) });
  });
});

describe('the settings of a running server', () => {
  test('CONFIG GET answers as Redis would', () => {
    const answers = new Map(new Settings().entries());
    expect(
      [
        'maxmemory',
        'timeout',
        'tcp-keepalive',
        'save',
        'appendonly',
        'databases',
        'bind',
        'hard-timeout',
        'protected-mode',
        'replica-read-only',
      ].map((name) => answers.get(name)),
    ).toEqual(['268435456', '0', '300', '', 'no', '16', '127.0.0.1', '5000', 'yes', 'yes']);
  });

  test('a change is seen in config and told to whom it concerns', () => {
    const settings = new Settings();
    const told: unknown[] = [];
    settings.onChange('maxmemory', (bytes) => told.push(bytes));
    settings.onChange('hz', () => told.push('hz'));
    settings.set('MaxMemory', '1gb');
    expect([settings.config.maxmemory, settings.get('maxmemory'), told]).toEqual([1024 ** 3, 1024 ** 3, [1024 ** 3]]);
  });

  test('of several changes all or none are made, judged together, before anybody is told', () => {
    const settings = new Settings();
    const seen: number[] = [];
    settings.onChange('max-value-size', () => seen.push(settings.config.protoMaxBulkLen));
    expect(() =>
      settings.setMany([
        ['hz', '20'],
        ['timeout', 'x'],
      ]),
    ).toThrow('timeout: expected a duration');
    expect(settings.config.hz).toBe(10);
    expect(() => settings.set('proto-max-bulk-len', '1mb')).toThrow('max-value-size (16mb) must not be above');
    settings.setMany([
      ['max-value-size', '1mb'],
      ['proto-max-bulk-len', '1mb'],
    ]);
    expect(seen).toEqual([1024 ** 2]);
  });

  test.each([
    ['nonsense', '1', 'unknown', 'unknown setting'],
    ['maxmemry', '1', 'unknown', "unknown setting (did you mean 'maxmemory'?)"],
    ['constructor', '1', 'unknown', 'unknown setting'],
    ['port', '1', 'immutable', "can't set immutable config"],
    ['dir', '/etc', 'protected', "can't set protected config"],
    ['unixsocket', '/x', 'protected', "can't set protected config"],
    ['journal-dir', '/x', 'protected', "can't set protected config"],
    ['enable-debug-command', 'yes', 'immutable', "can't set immutable config"],
    ['maxmemory', 'lots', 'invalid', "expected a size such as 256mb, got 'lots'"],
    ['save', '900 1', 'invalid', `expected "" (the disk layer replaces snapshots), got '900 1'`],
    ['requirepass', 'a\nb', 'invalid', 'expected one line of text without control characters'],
  ])('CONFIG SET %s %j is refused', (name, text, kind, reason) => {
    expect.assertions(1);
    try {
      new Settings().set(name, text);
    } catch (error) {
      expect(error).toMatchObject({ setting: name, kind, reason });
    }
  });

  test('every setting that names a file is protected', () => {
    for (const row of SETTINGS)
      if (row.kind.isPath === true) expect([row.name, row.isProtected]).toEqual([row.name, true]);
  });

  test('what Redis tools set without need is taken', () => {
    const settings = new Settings();
    settings.setMany([
      ['save', ''],
      ['appendonly', 'no'],
      ['maxmemory-samples', '10'],
      ['notify-keyspace-events', ''],
    ]);
    expect(settings.config.maxmemorySamples).toBe(10);
  });
});

describe('CONFIG REWRITE', () => {
  const rewritten = (text: string, changes: [string, string][]) => {
    let written = text;
    const file = {
      name: 'larder.yaml',
      read: () => Buffer.from(written),
      write: (next: string) => void (written = next),
    };
    const settings = new Settings(new Map(), {}, file);
    settings.setMany(changes);
    settings.rewrite();
    return written;
  };

  test('changes what CONFIG SET changed and keeps everything else, comments too', () => {
    const text = [
      '# ours',
      'port: 6390 # not the default',
      'maxmemory: 1gb # half',
      '',
      'keys:',
      '  - match: "user:{id}" # people',
      '    tags: ["user", "user:{id}"]',
      `    # ${'long '.repeat(40)}`,
      '',
    ].join('\n');
    const expected = `${text.replace('1gb', '2gb')}timeout: 5m\n`;
    expect(
      rewritten(text, [
        ['maxmemory', '2147483648'],
        ['timeout', '300'],
      ]),
    ).toBe(expected);
  });

  test('fills an empty file', () => {
    expect(rewritten('# nothing yet\n', [['hz', '20']])).toBe('# nothing yet\nhz: 20\n');
    expect(rewritten('', [['hz', '20']])).toBe('hz: 20\n');
  });

  test.each([
    ['bind:\n  - 127.0.0.1 # here\nhz: 1\n', 'bind:\n  - 127.0.0.1 # here\nhz: 20\n'],
    ['hz:\nport: 1', 'hz: 20\nport: 1'],
    ['hz: "1" # q', 'hz: 20 # q'],
    ['port: 1', 'port: 1\nhz: 20\n'],
    ['{ port: 1 }\n', '{ port: 1, hz: 20 }\n'],
    ['hz:\n  - 1\nport: 1\n', 'hz: 20\nport: 1\n'],
  ])('%j becomes %j', (text, expected) => expect(rewritten(text, [['hz', '20']])).toBe(expected));

  test('writes text so that it is read back as it was', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('$', '{', '}', '#', ':', ' ', '"', "'", '-', 'é', 'a', '\\') }),
        (password) => {
          const text = rewritten('requirepass: x # kept\n', [['requirepass', password]]);
          const input = { argv: ['larder.yaml'], env: {}, cwd: '/', readFile: () => Buffer.from(text) };
          expect(loadConfig(input).config.requirepass).toBe(password);
          expect(text).toContain('# kept');
        },
      ),
    );
  });

  test('needs a file', () => {
    expect(() => new Settings().rewrite()).toThrow('The server is running without a config file');
  });
});

describe('the command line', () => {
  test('takes one file and any setting', () => {
    expect(parseCommandLine(['a.yaml', '--port', '1', '--disk', 'off', '--check-config', '--save', ''])).toEqual({
      kind: 'run',
      file: 'a.yaml',
      flags: new Map([
        ['port', '1'],
        ['disk', 'off'],
        ['save', ''],
      ]),
      checkOnly: true,
    });
    expect(parseCommandLine(['--port=7'])).toMatchObject({ file: undefined, flags: new Map([['port', '7']]) });
  });

  test.each([
    [['--prt', '1'], "unknown option '--prt' (Did you mean --port?)"],
    [['--port'], "option '--port <number>' argument missing"],
    [['a', 'b'], 'too many arguments. Expected 1 argument but got 2.'],
  ])('%j is refused in one line', (argv, message) => {
    expect(() => parseCommandLine(argv)).toThrow(message);
  });

  test('prints its version', () => {
    expect(parseCommandLine(['--version'], '1.2.3')).toEqual({ kind: 'print', text: '1.2.3\n' });
  });
});

test('the limits of the machine are read from Linux, or not there', () => {
  const files = new Map([
    [
      '/proc/self/limits',
      'Limit  Soft Hard\nMax open files            1024                 4096                 files\n',
    ],
    ['/sys/fs/cgroup/memory.max', '1073741824\n'],
  ]);
  const read = (path: string) =>
    Buffer.from(
      files.get(path) ??
        (() => {
          throw new Error(path);
        })(),
    );
  expect(readMachineLimits(read)).toEqual({ openFiles: 1024, memoryBytes: 1024 ** 3 });
  files.set('/sys/fs/cgroup/memory.max', 'max\n').delete('/proc/self/limits');
  expect(readMachineLimits(read)).toEqual({});
});

test('suggestions are near, or none', () => {
  const names = SETTINGS.map(({ name }) => name);
  expect(didYouMean('max_memory', names)).toBe(" (did you mean 'maxmemory'?)");
  expect(didYouMean('qqqqqqqq', names)).toBe('');
  expect(didYouMean('x'.repeat(10_000), names)).toBe('');
});
