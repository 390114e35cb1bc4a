import fc from 'fast-check';
import type { Loader, Loaders } from '../../src/loaders';
import { BodyCollector } from '../../src/loaders/http/body-collector';
import { encodeParam, pathRefusal } from '../../src/loaders/http/safe-path';
import { loadersOf, oneLoad } from './from-config';
import { httpOrigin, ManualScheduler, type Origin } from './origin';

const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((array) => Buffer.from(array).toString('latin1'));
const nasty = fc
  .array(fc.constantFrom('.', '..', '/', '\\', '%2e', '%2F', '?', '#', '@', ':', '\r\n', ' ', 'a', '\0'), {
    minLength: 1,
    maxLength: 8,
  })
  .map((pieces) => pieces.join(''));

let origin: Origin;
let loaders: Loaders;
let loader: Loader;
const headers: string[][] = [];

beforeAll(async () => {
  origin = await httpOrigin((request, response) => {
    headers.push(request.rawHeaders);
    response.end('v');
  });
  const options = { scheduler: new ManualScheduler(), sizeBytesMax: () => 100 };
  loaders = loadersOf(oneLoad({ http: origin.url }, { path: '/users/{id}/card' }), options);
  loader = loaders.forTemplate(0)!;
});
afterAll(async () => {
  await loaders.close();
  await origin.close();
});

const load = (id: string) => loader.load({ key: `user:${id}`, params: new Map([['id', id]]), deadlineMs: 1000 });

// FAULTS F30: the origin logs what it was asked for.
test.each<[string, string | null]>([
  ['7', '7'],
  ['a/b', 'a%2Fb'],
  ['a?admin=1', 'a%3Fadmin%3D1'],
  ['a#frag', 'a%23frag'],
  ['@evil.example', '%40evil.example'],
  ['x@evil.example:80/', 'x%40evil.example%3A80%2F'],
  ['a\r\nX-Evil: 1', 'a%0D%0AX-Evil%3A%201'],
  ['a HTTP/1.1\r\n\r\nGET /admin', 'a%20HTTP%2F1.1%0D%0A%0D%0AGET%20%2Fadmin'],
  ['%2e%2e', '%252e%252e'],
  ['%00', '%2500'],
  ['\0', '%00'],
  ['//evil.example', '%2F%2Fevil.example'],
  ['http://169.254.169.254/', 'http%3A%2F%2F169.254.169.254%2F'],
  ['\xff\xfe', '%FF%FE'],
  ['...', '...'],
  ['..', null],
  ['.', null],
  ['../admin', null],
  ['a/../../admin', null],
  ['..\\admin', null],
  ['x/.', null],
  ['x'.repeat(65_000), null],
])('the key %j reaches the origin as %j', async (id, sent) => {
  origin.paths.length = 0;
  headers.length = 0;
  const result = await load(id);
  expect(origin.paths).toEqual(sent === null ? [] : [`/users/${sent}/card`]);
  expect(result.kind).toBe(sent === null ? 'failure' : 'value');
  expect(headers.flat().join().toLowerCase()).not.toContain('x-evil');
});

test('encoding loses no byte and leaves nothing that means something in a URL', () => {
  fc.assert(
    fc.property(bytes, (value) => {
      const encoded = encodeParam(value);
      expect(encoded).toMatch(/^(?:[A-Za-z0-9_.~-]|%[0-9A-F]{2})+$/);
      const decoded = encoded.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      expect(decoded).toBe(value);
    }),
  );
});

test('no key walks out of its folder, even where %2F is decoded before dots are resolved', () => {
  let allowed = 0;
  fc.assert(
    fc.property(fc.oneof(bytes, nasty), (value) => {
      const path = `/users/${encodeParam(value)}/card`;
      if (pathRefusal(path) !== undefined) return;
      allowed++;
      for (const asked of [path, path.replace(/%2f|%5c/gi, '/')]) {
        const { pathname, host, search, hash } = new URL(asked, 'http://origin');
        expect([pathname.slice(0, 7), pathname.slice(-5), host, search, hash]).toEqual([
          '/users/',
          '/card',
          'origin',
          '',
          '',
        ]);
      }
    }),
    { numRuns: 2000 },
  );
  expect(allowed).toBeGreaterThan(200);
});

test('a body in any chunks is gathered whole, up to its limit and not a byte more', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.nat(400), (chunks, sizeBytesMax) => {
      const whole = Buffer.concat(chunks);
      const collector = new BodyCollector(sizeBytesMax);
      expect(chunks.every((chunk) => collector.add(chunk))).toBe(whole.length <= sizeBytesMax);
      if (whole.length <= sizeBytesMax) expect(collector.take()).toEqual(whole);
    }),
  );
});
