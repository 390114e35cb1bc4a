import type { LoadRequest, LoadResult } from '../../src/loaders';
import { aFailure } from './contract';
import { loadersOf, oneLoad } from './from-config';
import { httpOrigin, ManualScheduler, type Origin } from './origin';

type Headers = Record<string, string | string[]>;

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';
let origin: Origin;
let status: number;
let headers: Headers;
let asked: NodeJS.Dict<string | string[]>;

beforeAll(async () => {
  origin = await httpOrigin((request, response) => {
    asked = request.headers;
    response.sendDate = false;
    response.writeHead(status, headers).end(status === 304 || status === 204 ? undefined : 'v');
  });
});
afterAll(() => origin.close());

interface Answer {
  status?: number;
  headers?: Headers;
}

/** Loads once from a source with these settings, whose origin answers so. */
async function answered(answer: Answer, source: object = {}, more: Partial<LoadRequest> = {}): Promise<LoadResult> {
  ({ status = 200, headers = {} } = answer);
  const options = { scheduler: new ManualScheduler(), sizeBytesMax: () => 100 };
  const loaders = loadersOf(
    oneLoad({ http: origin.url, ...source }, { path: '/{id}', headers: { 'x-id': 'of {id}' } }),
    options,
  );
  const request = { key: 'user:7', params: new Map([['id', '7']]), deadlineMs: 1000, ...more };
  const result = await loaders.forTemplate(0)!.load(request);
  await loaders.close();
  return result;
}

const value = (more: object = {}) => ({ kind: 'value', value: Buffer.from('v'), ...more });

// FAULTS F56.
describe('what a status means', () => {
  const policy = {
    status: { 404: 'failure', 403: 'absent', '5xx': 'failure', 503: 'retry', 202: 'value', 200: 'absent' },
  };

  test.each<[number, unknown]>([
    [404, aFailure({ reason: 'HTTP 404', retryable: false })],
    [403, { kind: 'absent' }],
    [500, aFailure({ reason: 'HTTP 500', retryable: false })],
    [503, aFailure({ reason: 'HTTP 503', retryable: true })],
    [202, value()],
    [200, { kind: 'absent' }],
    [410, { kind: 'absent' }],
    [418, aFailure({ reason: 'HTTP 418', retryable: false })],
  ])('%i by the policy of the source', async (given, expected) => {
    expect(await answered({ status: given }, policy)).toEqual(expected);
  });

  test.each<[number, Headers, number | undefined]>([
    [429, { 'retry-after': '7' }, 7000],
    [503, { 'retry-after': '0' }, 0],
    [503, { 'retry-after': '99999999' }, 86_400_000],
    [503, { 'retry-after': 'Sun, 06 Nov 1994 08:50:37 GMT', date: DATE }, 60_000],
    [503, { 'retry-after': 'Sun, 06 Nov 1994 08:48:37 GMT', date: DATE }, 0],
    [503, { 'retry-after': 'Sun, 06 Nov 1994 08:50:37 GMT' }, undefined],
    [503, { 'retry-after': '-1' }, undefined],
    [503, { 'retry-after': '1e9' }, undefined],
    [500, { 'retry-after': '7' }, undefined],
  ])('%i with %j asks to be left alone for %j ms', async (given, more, retryAfterMs) => {
    const result = await answered({ status: given, headers: more });
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    expect(result).toEqual({ kind: 'failure', reason: `HTTP ${given}`, retryable: true, ...wait });
  });
});

describe('validators', () => {
  test.each<[string, Headers, string, string]>([
    ['a tag', { etag: '"a"' }, 'if-none-match', '"a"'],
    ['a weak tag', { etag: 'W/"a"' }, 'if-none-match', 'W/"a"'],
    [
      'a tag before a date',
      { etag: '"a"', 'last-modified': 'Sun, 06 Nov 1994 08:49:00 GMT', date: DATE },
      'if-none-match',
      '"a"',
    ],
    [
      'a date',
      { 'last-modified': 'Sun, 06 Nov 1994 08:49:36 GMT', date: DATE },
      'if-modified-since',
      'Sun, 06 Nov 1994 08:49:36 GMT',
    ],
  ])('%s is given back', async (_, given, name, sent) => {
    const first = await answered({ headers: given });
    const { validator } = first as { validator: string };
    expect(await answered({ status: 304 }, {}, { validator })).toEqual({ kind: 'unchanged' });
    expect(asked[name]).toBe(sent);
    expect(Object.keys(asked).filter((each) => each.startsWith('if-'))).toEqual([name]);
  });

  test.each<[string, Headers]>([
    ['a tag without quotes', { etag: 'a' }],
    ['a tag that is too long', { etag: `"${'a'.repeat(300)}"` }],
    ['a date without the time it was sent', { 'last-modified': DATE }],
    ['a date within the second it was sent, in which it may change again', { 'last-modified': DATE, date: DATE }],
    ['no date', { 'last-modified': 'yesterday', date: DATE }],
  ])('%s is none', async (_, given) => {
    expect(await answered({ headers: given })).toEqual(value());
  });

  test('a 304 that nobody asked for is a failure', async () => {
    expect(await answered({ status: 304 })).toEqual(aFailure({ reason: 'HTTP 304', retryable: false }));
    expect(await answered({ status: 304 }, {}, { validator: 'row 17' })).toMatchObject({ kind: 'failure' });
  });

  test('unchanged holds as long as its own headers say', async () => {
    const validator = 'etag "a"';
    const fresh = { 'cache-control': 'max-age=60' };
    expect(await answered({ status: 304, headers: fresh }, {}, { validator })).toEqual({ kind: 'unchanged' });
    const source = { 'cache-control': 'on' };
    expect(await answered({ status: 304, headers: fresh }, source, { validator })).toMatchObject({ ttlMs: 60_000 });
    const passing = { 'cache-control': 'no-cache' };
    expect(await answered({ status: 304, headers: passing }, source, { validator })).toMatchObject({ ttlMs: 1 });
    expect(await answered({ status: 304, headers: { 'larder-ttl': '5s' } }, {}, { validator })).toMatchObject({
      ttlMs: 5000,
    });
  });
});

describe('cache-control', () => {
  test.each<[Headers, number | undefined | false]>([
    [{}, undefined],
    [{ 'cache-control': 'max-age=60' }, 60_000],
    [{ 'cache-control': 'public, MAX-AGE="60"' }, 60_000],
    [{ 'cache-control': 'max-age=60, s-maxage=10' }, 10_000],
    [{ 'cache-control': ['max-age=60', 's-maxage=10'] }, 10_000],
    [{ 'cache-control': 'max-age=60, max-age=10' }, 60_000],
    [{ 'cache-control': 'max-age=60', age: '20' }, 40_000],
    [{ 'cache-control': 'max-age=60', age: '60' }, false],
    [{ 'cache-control': 'max-age=60', age: 'old' }, 60_000],
    [{ 'cache-control': 'max-age=0' }, false],
    [{ 'cache-control': 'max-age=soon' }, false],
    [{ 'cache-control': 'max-age=99999999999999999999' }, 315_360_000_000],
    [{ 'cache-control': 'no-store, max-age=60' }, false],
    [{ 'cache-control': 'no-cache' }, false],
    [{ 'cache-control': 'private="set-cookie, x", max-age=60' }, false],
    [{ 'cache-control': 'x="no-store, private", max-age=60' }, 60_000],
    [{ 'cache-control': 'must-revalidate' }, undefined],
    [{ expires: 'Sun, 06 Nov 1994 08:50:37 GMT', date: DATE }, 60_000],
    [{ expires: '0', date: DATE }, false],
    [{ expires: 'Sun, 06 Nov 1994 08:50:37 GMT' }, false],
    [{ expires: '0', date: DATE, 'cache-control': 'max-age=5' }, 5000],
  ])('%j', async (given, ttlMs) => {
    const kept = ttlMs === undefined ? {} : ttlMs === false ? { store: false } : { ttlMs };
    expect(await answered({ headers: given }, { 'cache-control': 'on' })).toEqual(value(kept));
    expect(await answered({ headers: given })).toEqual(value());
  });

  test('how long an absence is remembered', async () => {
    const absent = (text: string) =>
      answered({ status: 404, headers: { 'cache-control': text } }, { 'cache-control': 'on' });
    expect(await absent('max-age=60')).toEqual({ kind: 'absent', ttlMs: 60_000 });
    expect(await absent('no-store')).toEqual({ kind: 'absent', ttlMs: 0 });
    expect(await absent('public')).toEqual({ kind: 'absent' });
  });
});

describe('what an origin says to Larder', () => {
  test.each<[Headers, object]>([
    [{ 'larder-ttl': '90' }, { ttlMs: 90_000 }],
    [{ 'larder-ttl': '1.5m' }, { ttlMs: 90_000 }],
    [{ 'larder-ttl': '250ms' }, { ttlMs: 250 }],
    [{ 'larder-ttl': '0' }, { store: false }],
    [{ 'larder-ttl': '10', 'cache-control': 'no-store' }, { ttlMs: 10_000 }],
    [{ 'larder-cost': '12.5' }, { costUs: 12_500 }],
    [{ 'larder-cost': '2s' }, { costUs: 2_000_000 }],
    [{ 'larder-tags': 'user:7, org:1 org:2' }, { tags: ['user:7', 'org:1', 'org:2'] }],
    [{ 'larder-tags': ['a', 'b%2Cc%20d%FF'] }, { tags: ['a', 'b,c d\xff'] }],
    [{ 'larder-tags': ' ,' }, {}],
    [{ 'larder-tags': 'caf\xe9' }, { tags: ['caf\xe9'] }],
    [{ 'larder-depends-on': 'org:1' }, { sources: ['org:1'] }],
    [{ 'surrogate-key': 'a b', 'larder-tags': 'c' }, { tags: ['c', 'a', 'b'] }],
  ])('%j', async (given, expected) => {
    const source = { 'cache-control': 'on', 'tags-header': 'Surrogate-Key' };
    expect(await answered({ headers: given }, source)).toEqual(value(expected));
  });

  test('another header is heard only if it is named', async () => {
    expect(await answered({ headers: { 'surrogate-key': 'a' } })).toEqual(value());
  });

  test.each<Headers>([
    { 'larder-ttl': 'soon' },
    { 'larder-ttl': '' },
    { 'larder-ttl': '-1' },
    { 'larder-ttl': '1w' },
    { 'larder-cost': 'much' },
    { 'larder-tags': 'a%' },
    { 'larder-depends-on': '%zz' },
    { 'larder-failed': '%' },
  ])('%j cannot be understood, and nothing is stored', async (given) => {
    const reason = `${Object.keys(given)[0]} cannot be understood`;
    expect(await answered({ headers: given })).toEqual(aFailure({ reason, retryable: false }));
  });
});

test('headers of a load are filled in, and cannot be ended by a key', async () => {
  await answered(
    {},
    { headers: { 'X-Id': 'of nobody', 'x-app': 'larder' } },
    { params: new Map([['id', '7\r\nx-evil: 1']]) },
  );
  expect(asked).toMatchObject({ 'x-id': 'of 7%0D%0Ax-evil%3A%201', 'x-app': 'larder' });
  expect(asked['x-evil']).toBeUndefined();
});
