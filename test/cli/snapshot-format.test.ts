import fc from 'fast-check';
import {
  BadLine,
  checkHeader,
  entryLine,
  headerLine,
  LINE_BYTES_MAX,
  parseEntry,
  type SnapshotEntry,
} from '../../src/cli/snapshot/format';
import { linesOf } from '../../src/cli/snapshot/lines';

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 20 }).map((raw) => Buffer.from(raw)),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => Buffer.from(text)),
);
const entry: fc.Arbitrary<SnapshotEntry> = fc.record({
  key: bytes,
  value: bytes,
  ttlMs: fc.option(fc.integer({ min: 1 })),
  tags: fc.array(bytes, { maxLength: 3 }),
  db: fc.nat({ max: 31 }),
});

test('an entry comes back as it went, on one line', () => {
  fc.assert(
    fc.property(entry, (given) => {
      const line = entryLine(given);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(parseEntry(Buffer.from(line.trimEnd()))).toEqual(given);
    }),
  );
});

test('text is readable, bytes are base64', () => {
  const rest = { ttlMs: 5, tags: [Buffer.from('t')], db: 2 };
  expect(entryLine({ key: Buffer.from('ключ'), value: Buffer.from('v'), ...rest })).toBe(
    '{"key":"ключ","value":"v","ttl_ms":5,"tags":["t"],"db":2,"encoding":"utf8"}\n',
  );
  expect(entryLine({ key: Buffer.from('k'), value: Buffer.from([255]), ...rest })).toBe(
    '{"key":"aw==","value":"/w==","ttl_ms":5,"tags":["dA=="],"db":2,"encoding":"base64"}\n',
  );
});

test('a line is never much longer than base64, so that the largest value fits', () => {
  const sizeBytes = 64 * 1024;
  const fill = fc.constantFrom('\0', 'a', 'é', '世\x01', '世世世世世世世\x01');
  fc.assert(
    fc.property(fill, (text) => {
      const line = entryLine({
        key: Buffer.from('k'),
        value: Buffer.alloc(sizeBytes, text),
        ttlMs: 1,
        tags: [],
        db: 0,
      });
      expect(Buffer.byteLength(line)).toBeLessThan(sizeBytes * 1.34 + 1100);
    }),
    { examples: [['\0'], ['a'], ['é'], ['世\x01'], ['世世世世世世世\x01']], numRuns: 5 },
  );
  expect(LINE_BYTES_MAX).toBeGreaterThan(64 * 1.34 * 1024 * 1024 + 1.34 * 65_536 + 1100);
});

describe('a header', () => {
  test('of this version is known', () => {
    expect(headerLine(0)).toBe('{"format":"larder-snapshot","version":1,"exported_at":"1970-01-01T00:00:00.000Z"}\n');
    expect(() => checkHeader(Buffer.from(headerLine(0)))).not.toThrow();
  });

  test.each(['', 'x', '[]', 'null', '{"key":"k","value":"v"}', '{"format":"larder-snapshot","version":2}'])(
    '%j is none',
    (line) => {
      expect(() => checkHeader(Buffer.from(line))).toThrow(BadLine);
    },
  );
});

test.each<[string, string]>([
  ['{"key":"k"', 'expected a JSON object'],
  ['7', 'expected a JSON object'],
  ['{"value":"v"}', 'expected "key" to be a string'],
  ['{"key":"k","value":null}', 'expected "value" to be a string'],
  ['{"key":"k","value":"v","ttl_ms":0}', 'expected "ttl_ms" to be a whole number, 1 or more'],
  ['{"key":"k","value":"v","ttl_ms":1.5}', 'expected "ttl_ms" to be a whole number, 1 or more'],
  ['{"key":"k","value":"v","ttl_ms":"9"}', 'expected "ttl_ms" to be a whole number, 1 or more'],
  ['{"key":"k","value":"v","db":-1}', 'expected "db" to be a whole number, 0 or more'],
  ['{"key":"k","value":"v","tags":"t"}', 'expected "tags" to be a list of strings'],
  ['{"key":"k","value":"v","tags":[1]}', 'expected "tags" to be a string'],
  ['{"key":"k","value":"v","encoding":"latin1"}', 'expected "encoding" to be "utf8" or "base64"'],
  ['{"key":"k","value":"v","encoding":"base64"}', 'expected "key" to be base64'],
  ['{"key":"\\ud800","value":"v"}', 'expected "key" to be well-formed text'],
])('%s is no entry', (line, problem) => {
  expect(() => parseEntry(Buffer.from(line))).toThrow(new BadLine(problem));
});

test('bytes that are not UTF-8 are no line', () => {
  expect(() => parseEntry(Buffer.from([0x7b, 0xff, 0x7d]))).toThrow(new BadLine('expected UTF-8'));
});

describe('lines of a stream', () => {
  async function collect(chunks: Buffer[], lineBytesMax: number) {
    const lines: (string | null)[] = [];
    let read = 0;
    for await (const { line, bytesRead } of linesOf(streamOf(chunks), lineBytesMax)) {
      lines.push(line === null ? null : line.toString('latin1'));
      read = bytesRead;
    }
    return { lines, read };
  }

  async function* streamOf(chunks: Buffer[]) {
    yield* chunks;
  }

  test('are the same however the stream is cut', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r\n'), maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.array(fc.nat({ max: 40 })),
        fc.integer({ min: 1, max: 6 }),
        async (whole, cuts, max) => {
          const edges = [0, ...cuts.filter((cut) => cut < whole.length).sort((x, y) => x - y), whole.length];
          const chunks = edges.slice(1).map((end, i) => Buffer.from(whole.slice(edges[i], end)));
          const expected = whole.split('\n');
          if (expected.at(-1) === '') expected.pop();
          const { lines, read } = await collect(chunks, max);
          expect(lines).toEqual(expected.map((line) => (line.length > max ? null : line.replace(/\r$/, ''))));
          expect(read).toBe(whole.length);
        },
      ),
    );
  });
});
