import fc from 'fast-check';
import type { LoadResult } from '../../src/loaders';
import { readBatch } from '../../src/loaders/http/batch';
import { expectEnd, NotJson, slicesOf } from '../../src/loaders/http/json-slices';
import { aFailure } from './contract';
import { loadersOf, oneLoad } from './from-config';
import { httpOrigin, ManualScheduler, type Origin } from './origin';

/** All slices of a text as texts, by name. Throws NotJson. */
function sliced(text: string): [string, string][] {
  const slices: [string, string][] = [];
  const reader = slicesOf(text);
  for (;;) {
    const { done, value } = reader.next();
    if (done === true) {
      expectEnd(text, value);
      return slices;
    }
    slices.push([value.name, text.slice(value.start, value.end)]);
  }
}

const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r'), maxLength: 2 });

describe('taking JSON apart', () => {
  test('the parts are those of JSON.parse, and keep their text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue())),
        space,
        (value, indent) => {
          const text = indent + JSON.stringify(value, null, indent) + indent;
          const parsed = JSON.parse(text) as Record<string, unknown>;
          const names = Array.isArray(value) ? value.map(() => '') : Object.keys(parsed);
          const parts = sliced(text);
          expect(parts.map(([name]) => JSON.parse(`"${name}"`))).toEqual(names);
          expect(parts.map(([, part]) => JSON.parse(part))).toEqual(Object.values(parsed));
          for (const [, part] of parts) expect(part).toBe(part.trim());
        },
      ),
    );
  });

  test('what JSON.parse refuses is refused, and the other way round', () => {
    let refused = 0;
    const char = fc.constantFrom(...'{}[]:,"\\ 01.e-+tfn\n', 'true', 'null', '"a"', '"a":');
    const mutated = fc
      .tuple(fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue())), fc.nat(), fc.nat(3), char)
      .map(([value, at, removed, inserted]) => {
        const text = JSON.stringify(value);
        const place = at % (text.length + 1);
        return text.slice(0, place) + inserted + text.slice(place + removed);
      });
    const isJson = (text: string) => {
      try {
        return typeof JSON.parse(text) === 'object' && JSON.parse(text) !== null;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(mutated, (text) => {
        // What stands within quotes is taken as it is until somebody asks what it means.
        fc.pre(!/\\|[\n]/.test(text));
        if (isJson(text)) return void sliced(text);
        refused++;
        expect(() => sliced(text)).toThrow(NotJson);
      }),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(500);
  });

  test('a million brackets neither overflow nor are believed', () => {
    expect(() => sliced('['.repeat(1_000_000))).toThrow(new NotJson('more than 1000 deep'));
    expect(sliced(`[${'['.repeat(999)}${']'.repeat(999)}]`)).toHaveLength(1);
  });
});

/** The answer to a call for these ids, as text by id; null: absent; a word: why not. */
function read(body: string | Buffer, ids: string[], format: 'text' | 'json' = 'text') {
  const work = readBatch(Buffer.from(body), ids, { key: 'id', format });
  let turns = 0;
  for (;;) {
    const { done, value: batch } = work.next();
    if (done !== true) {
      turns++;
      continue;
    }
    if ('kind' in batch) return { reason: batch.reason, turns };
    const of = (id: string) => batch.failures.get(id)?.reason ?? batch.values.get(id)?.toString('latin1') ?? null;
    return { results: ids.map(of), turns };
  }
}

describe('the answer to a list', () => {
  const FOREIGN = 'response to a list names others than were asked for';
  const NEITHER = 'response to a list has neither ids nor the length of the list';
  const TWICE = 'response to a list has two values for the key';

  test.each<[string, string, (string | null)[] | string]>([
    ['an object by id', '{"7":{"a":1},"8":"x","9":12}', ['{"a":1}', 'x', '12']],
    ['an object by id, not all there', '{"8":null,"9":false}', [null, null, 'false']],
    ['an empty object', '{}', [null, null, null]],
    ['an empty array', ' [ ] ', [null, null, null]],
    [
      'objects that name their id',
      '[{"id":9,"a":[1]},{"a":{"id":8},"id":"7"}]',
      ['{"a":{"id":8},"id":"7"}', null, '{"id":9,"a":[1]}'],
    ],
    ['a null among them', '[{"id":7},null,null,null]', ['{"id":7}', null, null]],
    ['values in the order of the ids', '["a",null,{"b":1}]', ['a', null, '{"b":1}']],
    ['nothing but nulls in order', '[null,null,null]', [null, null, null]],
    [
      'numbers keep their digits',
      '{"7":12345678901234567890,"8":1.0,"9":[1e2]}',
      ['12345678901234567890', '1.0', '[1e2]'],
    ],
    ['escapes in names and values', '{"\\u0037":"a\\n\\u00e9\\"","8":"","9":"\\\\"}', ['a\n\xc3\xa9"', '', '\\']],
    ['names that objects have', '{"__proto__":1,"7":"x"}', ['x', FOREIGN, FOREIGN]],
    ['an envelope', '{"data":{"7":1,"8":2,"9":3}}', [FOREIGN, FOREIGN, FOREIGN]],
    ['ids of something else', '[{"id":1},{"id":2},{"id":3}]', [FOREIGN, FOREIGN, FOREIGN]],
    ['all that was asked for and more', '{"7":1,"8":2,"9":3,"10":4}', ['1', '2', '3']],
    ['an id twice', '[{"id":7},{"id":7},{"id":8}]', [TWICE, '{"id":8}', null]],
    ['a name twice', '{"7":1,"7":2}', [TWICE, null, null]],
    ['another length', '["a","b"]', NEITHER],
    ['some with an id', '[{"id":7},{"a":1},{"id":9}]', NEITHER],
    ['an id that is no id', '[{"id":null},{"id":[7]}]', NEITHER],
    ['a number', '7', 'response to a list is not JSON'],
    ['nothing', '', 'response to a list is not JSON'],
    ['half of it', '{"7":{"a":1},"8":', 'response to a list is not JSON'],
    ['more than one', '{"7":1}{"8":2}', 'response to a list is not JSON'],
    ['a string that is none', '{"7":"\\x"}', 'response to a list is not JSON'],
  ])('%s', (_, body, expected) => {
    const { results, reason } = read(body, ['7', '8', '9']);
    expect(reason ?? results).toEqual(expected);
  });

  test('batch-format: json keeps the quotes', () => {
    expect(read('{"7":"x","8":{"a":"b"}}', ['7', '8'], 'json').results).toEqual(['"x"', '{"a":"b"}']);
  });

  test('bytes are bytes, and ids too', () => {
    const body = Buffer.concat([Buffer.from('{"é":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    expect(read(body, ['\xc3\xa9']).results).toEqual(['\xff\xfe']);
  });

  test('a long one gives the event loop its turns', () => {
    const ids = Array.from({ length: 1000 }, (_, i) => String(i));
    const value = 'x'.repeat(4000);
    const { results, turns } = read(JSON.stringify(Object.fromEntries(ids.map((id) => [id, value]))), ids);
    expect(results).toEqual(ids.map(() => value));
    expect(turns).toBeGreaterThan(2 * (4_000_000 / (256 * 1024)) - 1);
  });
});

describe('calls', () => {
  let origin: Origin;
  let headers: Record<string, string> = {};
  beforeAll(async () => {
    origin = await httpOrigin((request, response) => {
      const ids = new URL(request.url!, 'http://o').searchParams.get('ids')!.split(',');
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      response.end(JSON.stringify(Object.fromEntries(ids.map((id) => [id, `${request.headers['x-org'] ?? ''}${id}`]))));
    });
  });
  afterAll(() => origin.close());
  beforeEach(() => {
    origin.paths.length = 0;
    headers = {};
  });

  async function many(keys: string[], load: object, sizeBytesMax = 1_000_000): Promise<LoadResult[]> {
    const options = { scheduler: new ManualScheduler(), sizeBytesMax: () => sizeBytesMax };
    const loaders = loadersOf(oneLoad({ http: origin.url }, load, '{org}:{id*}'), options);
    const items = keys.map((key) => {
      const [org = '', ...id] = key.split(':');
      return { key, params: new Map(Object.entries({ org, id: id.join(':') })) };
    });
    const results = await loaders.forTemplate(0)!.loadMany!({ items, deadlineMs: 1000 });
    expect(options.scheduler.delaysMs).toEqual([]);
    await loaders.close();
    return results;
  }
  const texts = (results: LoadResult[]) =>
    results.map((result) =>
      result.kind === 'value' ? result.value.toString() : 'reason' in result ? result.reason : null,
    );

  test('what is not the list is the same for all keys of a call', async () => {
    const path = '/orgs/{org}?ids={id,}';
    expect(texts(await many(['a:1', 'b:2', 'a:3', 'a:1'], { path }))).toEqual(['1', '2', '3', '1']);
    expect(origin.paths.sort()).toEqual(['/orgs/a?ids=1,3', '/orgs/b?ids=2']);
    origin.paths.length = 0;
    const load = { path: '/?ids={id,}', headers: { 'x-org': '{org}-' } };
    expect(texts(await many(['a:1', 'b:2', 'a:3'], load))).toEqual(['a-1', 'b-2', 'a-3']);
    expect(origin.paths.sort()).toEqual(['/?ids=1,3', '/?ids=2']);
  });

  test('ids are data: encoded, and a comma within one is refused, for that key alone', async () => {
    const results = await many(['a:1', 'a:x&ids=9', 'a:2,3', 'a:ü'], { path: '/?ids={id,}' });
    // The key is the latin1 of its bytes; of "ü" there is one byte here, which is no UTF-8 for the origin.
    expect(texts(results).slice(0, 3)).toEqual(['1', 'x&ids=9', 'key has a comma, which a list cannot hold']);
    expect(origin.paths).toEqual(['/?ids=1,x%26ids%3D9,%FC']);
  });

  test('a dot segment is refused for its key alone', async () => {
    const results = await many(['a:1', '..:2', 'a:..'], { path: '/orgs/{org}/x?ids={id,}' });
    expect(texts(results)).toEqual(['1', 'key makes a dot segment', '..']);
  });

  test('a call that would be too long, or too many keys, is several', async () => {
    const keys = Array.from({ length: 40 }, (_, i) => `a:${i}${'x'.repeat(1000)}`);
    expect(texts(await many(keys, { path: '/?ids={id,}' }))).toEqual(keys.map((key) => key.slice(2)));
    expect(origin.paths).toHaveLength(6);
    for (const path of origin.paths) expect(path.length).toBeLessThanOrEqual(8_000);
    origin.paths.length = 0;
    await many(['a:1', 'a:2', 'a:3', 'a:4', 'a:5'], { path: '/?ids={id,}', batch: '2' });
    expect(origin.paths.sort()).toEqual(['/?ids=1,2', '/?ids=3,4', '/?ids=5']);
  });

  test('what the origin says is said of each value; a cost is shared, and keys may fail alone', async () => {
    headers = {
      'larder-ttl': '10',
      'larder-tags': 'users',
      'larder-cost': '4ms',
      'larder-failed': '2, x%2Cy',
      etag: '"a"',
    };
    const said = { ttlMs: 10_000, tags: ['users'], costUs: 1000 };
    const value = (text: string) => ({ kind: 'value', value: Buffer.from(text), ...said });
    const failed = { kind: 'failure', reason: 'the source failed for this key', retryable: true };
    expect(await many(['a:1', 'a:2', 'a:3', 'a:4'], { path: '/?ids={id,}' })).toEqual([
      value('1'),
      failed,
      value('3'),
      value('4'),
    ]);
  });

  test('an answer that is too large for one value is too large for all of them', async () => {
    const reason = 'response larger than 10 bytes';
    const results = await many(['a:1', 'a:2', 'a:3'], { path: '/?ids={id,}' }, 10);
    expect(results).toEqual(Array(3).fill(aFailure({ reason, retryable: false })));
  });
});
