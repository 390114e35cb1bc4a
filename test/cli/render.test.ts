import fc from 'fast-check';
import { parseInfo } from '../../src/cli/info-text';
import { display, quoted } from '../../src/cli/render/bytes';
import { humanise } from '../../src/cli/render/humanise';
import { jsonText } from '../../src/cli/render/json';
import { paintFor } from '../../src/cli/render/paint';
import { reportText } from '../../src/cli/render/report';
import { jsonOfTree, treeOf } from '../../src/cli/render/tree';

const paint = paintFor(false);
const b = (text: string) => Buffer.from(text);

describe('bytes on a terminal', () => {
  test('nothing that moves the cursor or hides text gets through', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        for (const shown of [display(Buffer.from(bytes)), quoted(Buffer.from(bytes))]) {
          expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffd]/u);
        }
      }),
    );
  });

  test('no two values are quoted alike', () => {
    const bytes = fc.uint8Array({ maxLength: 3 }).map((raw) => Buffer.from(raw));
    const text = fc.string({ unit: fc.constantFrom('\\', 'x', '8', '0', '"', '\x80', '\n', 'n', 'ÿ') }).map(b);
    const value = fc.oneof(bytes, text);
    fc.assert(
      fc.property(value, value, (one, other) => {
        expect(quoted(one) === quoted(other)).toBe(one.equals(other));
      }),
    );
    expect(quoted(b('\x80'))).toBe('"\\u{80}"');
    expect(quoted(Buffer.from([0x80]))).toBe('"\\x80"');
  });

  test('text stays readable', () => {
    expect(display(b('héllo 世界'))).toBe('héllo 世界');
  });
});

test.each<[string, number, string]>([
  ['used_bytes', 1536, '1.5 KiB'],
  ['used_memory', 0, '0 B'],
  ['maxmemory', 512 * 1024 * 1024, '512 MiB'],
  ['p99_us', 2130, '2.13 ms'],
  ['p50_us', 9, '9 µs'],
  ['took_ms', 61_000, '1 min 1 s'],
  ['uptime_in_seconds', 200_000, '2 d 7 h'],
  ['hit_rate', 0.9421, '94.2 %'],
  ['gets', 1_234_567, '1,234,567'],
  ['process_id', 12_345, '12345'],
  ['tcp_port', 16_380, '16380'],
  ['ratio', 1.25, '1.25'],
])('humanise %s %d', (name, value, text) => {
  expect(humanise(name, value)).toBe(text);
});

describe('JSON', () => {
  test('names like __proto__ are only names', () => {
    const report = treeOf([b('__proto__'), 1, b('constructor'), [b('x'), 2]]);
    expect(jsonText(jsonOfTree(report))).toBe('{"__proto__":1,"constructor":{"x":2}}');
  });

  test('round trip of every value that is UTF-8, base64 of the others', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const parsed: unknown = JSON.parse(jsonText(Buffer.from(bytes)));
        const back =
          typeof parsed === 'string' ? b(parsed) : Buffer.from((parsed as { base64: string }).base64, 'base64');
        expect(back).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

describe('reports', () => {
  const stats = treeOf([
    b('summary'),
    [b('hit_rate'), b('0.95'), b('used_bytes'), 2048, b('policy'), b('allkeys-lru'), b('last'), null],
    b('layers'),
    [b('memory'), [b('gets'), 10_000, b('hits'), 9], b('disk'), [b('gets'), 1, b('p99_us'), 1500]],
    b('tags'),
    [
      b('top'),
      [
        [b('tag'), b('user\n'), b('live'), 3],
        [b('tag'), b('org'), b('live'), 1],
      ],
    ],
    b('alerts'),
    [],
  ]);

  test('flat arrays become maps again', () => {
    expect(jsonText(jsonOfTree(stats))).toBe(
      JSON.stringify({
        summary: { hit_rate: 0.95, used_bytes: 2048, policy: 'allkeys-lru', last: null },
        layers: { memory: { gets: 10_000, hits: 9 }, disk: { gets: 1, p99_us: 1500 } },
        tags: {
          top: [
            { tag: 'user\\n', live: 3 },
            { tag: 'org', live: 1 },
          ],
        },
        alerts: [],
      }),
    );
  });

  test('pairs for fields, tables for alike rows', () => {
    expect(reportText(stats, paint)).toBe(`\
alerts  -

summary
hit_rate    95 %
used_bytes  2 KiB
policy      allkeys-lru
last        -

layers
        gets    hits  p99_us
memory  10,000  9     -
disk    1       -     1.5 ms

tags.top
tag     live
user\\n  3
org     1`);
  });

  test('any reply can be shown', () => {
    const { reply } = fc.letrec<{ reply: Parameters<typeof treeOf>[0] }>((tie) => ({
      reply: fc.oneof(
        { maxDepth: 4 },
        fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
        fc.integer(),
        fc.constant(null),
        fc.array(tie('reply'), { maxLength: 4 }),
      ),
    }));
    fc.assert(
      fc.property(reply, (any) => {
        const tree = treeOf(any);
        expect(typeof reportText(tree, paint)).toBe('string');
        expect(() => JSON.parse(jsonText(jsonOfTree(tree)))).not.toThrow();
      }),
    );
  });

  test('a reply nested without end is cut, not followed', () => {
    let deep: Parameters<typeof treeOf>[0] = 1;
    for (let i = 0; i < 10_000; i++) deep = [deep];
    expect(reportText(treeOf(deep), paint)).toContain('...');
  });
});

test('INFO text: sections, values with colons, safe names', () => {
  const info = parseInfo('# Server\r\nversion:7\r\nconfig_file:a:b\r\n\r\n# Keyspace\r\ndb0:keys=1\x1b\r\n');
  expect(jsonText(jsonOfTree(info))).toBe(
    JSON.stringify({ server: { version: 7, config_file: 'a:b' }, keyspace: { db0: 'keys=1\\x1b' } }),
  );
});
