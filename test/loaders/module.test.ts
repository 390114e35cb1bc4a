import type { Loader, Loaders } from '../../src/loaders';
import { toldBy } from './by-behaviour';
import { aFailure, type Behaviour, loaderContract, SIZE_BYTES_MAX } from './contract';
import { loadersOf } from './from-config';
import { ManualScheduler } from './origin';
import { until } from './servers';

const channel = new BroadcastChannel('larder-test-module');
const asked: ((kind: string) => void)[] = [];
channel.onmessage = ({ data }: { data: unknown }) => {
  for (const wake of asked.splice(0)) wake(String(data));
};
afterAll(() => channel.close());

/** A file with one key template whose values a module makes. */
function moduleLoad(module: string, more: object = {}, match = 'user:{id}'): string {
  return JSON.stringify({ keys: [{ match, load: { module, ...more } }] });
}

loaderContract(
  'the module loader',
  async (scheduler) => {
    let behaviour: Behaviour = { kind: 'absent' };
    let calls = 0;
    const loaders = loadersOf(
      moduleLoad('modules/told.js'),
      { scheduler, sizeBytesMax: () => SIZE_BYTES_MAX },
      __dirname,
    );
    return {
      loader: toldBy(loaders.forTemplate(0)!, () => {
        calls++;
        return behaviour;
      }),
      calls: () => calls,
      behave: (next) => {
        behaviour = next;
      },
      nextRequest: () => new Promise((wake) => asked.push(wake)),
      quiet: async () => {},
      close: () => loaders.close(),
    };
  },
  { validators: 'a module has none', batch: 'see below', cut: 'a thread ends or not', garbage: 'see below' },
);

describe('what a module gives', () => {
  let loaders: Loaders | undefined;
  let lines: { line?: string; error?: string }[];
  const scheduler = new ManualScheduler();
  const log = () => {
    const note = (fields: object) => void lines.push(fields);
    return { debug: note, info: note, warn: note, error: note };
  };

  beforeEach(() => {
    lines = [];
  });
  afterEach(async () => {
    await loaders?.close();
    expect(scheduler.delaysMs).toEqual([]);
  });

  function loaderOf(module: string, more: object = {}, match = 'user:{id}'): Loader {
    const options = { scheduler, sizeBytesMax: () => 1000, log: log() };
    loaders = loadersOf(moduleLoad(module, more, match), options, `${__dirname}/modules`);
    return loaders.forTemplate(0)!;
  }
  const request = (id: string) => ({ key: `user:${id}`, params: new Map([['id', id]]), deadlineMs: 1000 });
  const value = (text: string, more: object = {}) => ({ kind: 'value', value: Buffer.from(text), ...more });

  test.each([
    ['text', value('Grüße')],
    ['bytes', { kind: 'value', value: Buffer.from([0, 255]) }],
    ['object', value('{"id":7,"list":[1,null]}')],
    ['number', value('0')],
    ['asked', value('{"key":"user:asked","names":["id"],"hasSignal":true}')],
    ['env', value('{"env":{}}')],
    ['7', value('score of 7', { ttlMs: 1500, tags: ['a', 'Ã©'], sources: ['org:1'], costUs: 20_000 })],
  ])('%s', async (id, expected) => {
    expect(await loaderOf('various.mjs').load(request(id))).toEqual(expected);
  });

  test.each([
    ['nothing', 'module gave undefined (null says that there is nothing)', false],
    ['function', 'module gave a function that is no JSON', false],
    ['symbol', 'module gave a symbol that is no JSON', false],
    ['bigint', 'module gave a bigint that is no JSON', false],
    ['circle', 'module gave a object that is no JSON', false],
    ['reject', 'module threw an error', true],
    ['string thrown', 'module threw an error', true],
    ['undefined thrown', 'module threw an error', true],
    ['throw later', 'module failed outside of a load', true],
    ['huge string', 'response larger than 1000 bytes', false],
  ])('%s is a failure, and the next load is served', async (id, reason, retryable) => {
    const loader = loaderOf('various.mjs', { 'threads-max': 1 });
    expect(await loader.load(request(id))).toEqual({ kind: 'failure', reason, retryable });
    expect(await loader.load(request('text'))).toEqual(value('Grüße'));
  });

  test('a heap that grows ends its thread, not the process', async () => {
    const loader = loaderOf('various.mjs', { 'memory-max': '32mb' });
    const failed = { kind: 'failure', reason: 'module used more than 32 MB', retryable: false };
    expect(await loader.load(request('heap'))).toEqual(failed);
    expect(await loader.load(request('text'))).toEqual(value('Grüße'));
  });

  test('a loop ends with the deadline, and its neighbours never know', async () => {
    const loader = loaderOf('various.mjs', { 'threads-max': 2 });
    // A regular expression that would take for ever.
    const looping = loader.load(request('regex'));
    expect(await loader.load(request('text'))).toEqual(value('Grüße'));
    scheduler.fire();
    expect(await looping).toEqual(aFailure({ reason: 'deadline of 1000 ms passed', retryable: true }));
    const results = await Promise.all(Array.from({ length: 20 }, () => loader.load(request('text'))));
    expect(results).toEqual(Array.from({ length: 20 }, () => value('Grüße')));
  });

  test('a thread is kept from load to load', async () => {
    const loader = loaderOf('various.mjs', { 'threads-max': 1 });
    expect(await loader.load(request('memory'))).toEqual(value('1'));
    expect(await loader.load(request('memory'))).toEqual(value('2'));
  });

  test('it sees of the environment what it is given', async () => {
    const loader = loaderOf('various.mjs', { env: { TOKEN: 't' } });
    expect(await loader.load(request('env'))).toEqual(value('{"env":{"TOKEN":"t"}}'));
  });

  test('what it prints is in the log, so many lines of it and so long', async () => {
    const loader = loaderOf('various.mjs', { 'threads-max': 1 });
    expect(await loader.load(request('print'))).toEqual(value('printed'));
    await until(() => lines.some(({ line }) => line === 'more lines of this load are left out'));
    // Those of both streams, cut.
    expect(lines).toHaveLength(21);
    expect(Math.max(...lines.map(({ line }) => line!.length))).toBe(500);
  });

  test('an error is in the log once, with its place', async () => {
    const loader = loaderOf('various.mjs', { 'threads-max': 1 });
    await loader.load(request('reject'));
    await loader.load(request('reject'));
    const errors = lines.flatMap(({ error }) => error ?? []);
    expect(errors).toEqual([expect.stringMatching(/^Error: no \(line \d+\)$/)]);
  });

  test('a key that is no text is refused', async () => {
    const result = await loaderOf('various.mjs').load({ ...request('7'), key: 'user:\xff' });
    expect(result).toEqual(aFailure({ reason: 'key is not text in UTF-8', retryable: false }));
  });

  test('names of placeholders are nothing but names', async () => {
    const loader = loaderOf('various.mjs', {}, 'user:{__proto__}:{id}');
    const params = new Map([
      ['__proto__', 'x'],
      ['id', 'asked'],
    ]);
    const result = await loader.load({ key: 'user:x:asked', params, deadlineMs: 1000 });
    expect(result).toEqual(value('{"key":"user:x:asked","names":["__proto__","id"],"hasSignal":true}'));
  });

  describe('many keys in one call', () => {
    const loadMany = (ids: string[]) =>
      loaderOf('various.mjs', { batch: 10 }).loadMany!({ items: ids.map(request), deadlineMs: 1000 });

    test('each its own', async () => {
      expect(await loadMany(['text', 'reject', 'number', 'nothing', '\xff'])).toEqual([
        value('Grüße'),
        aFailure({ reason: 'module gave an error', retryable: true }),
        value('0'),
        aFailure({ retryable: false }),
        aFailure({ reason: 'key is not text in UTF-8', retryable: false }),
      ]);
    });

    test.each(['short', 'map'])('%s: not one result a key', async (id) => {
      const failed = aFailure({ reason: 'module gave another number of results than keys', retryable: false });
      expect(await loadMany([id, 'text'])).toEqual([failed, failed]);
    });
  });
});

describe('a module that cannot be used', () => {
  test.each([
    ['broken-syntax.js', {}, /broken-syntax\.js: SyntaxError: Unexpected token ';' \(line 4\)$/],
    ['broken-syntax.mjs', {}, /broken-syntax\.mjs: SyntaxError: Unexpected token ';' \(line 1\)$/],
    ['broken-start.js', {}, /broken-start\.js: Error: no such table \(line 3\)$/],
    ['broken-require.js', {}, /broken-require\.js: Error: Cannot find module '\.\/not-there' \(line 1\)$/],
    ['not-there.js', {}, /not-there\.js: Error: Cannot find module '.*not-there\.js'/],
    ['no-load.js', {}, /no-load\.js: it exports no function 'load'$/],
    ['told.js', { batch: 5 }, /told\.js: it has 'batch', but exports no function 'loadMany'$/],
  ])('%s says why', async (module, more, reason) => {
    const options = { scheduler: new ManualScheduler(), sizeBytesMax: () => 1000 };
    const loaders = loadersOf(moduleLoad(module, more), options, `${__dirname}/modules`);
    expect(await loaders.problems()).toEqual([expect.stringMatching(reason)]);
    const failed = aFailure({ reason: 'module cannot be loaded', retryable: false });
    expect(await loaders.forTemplate(0)!.load({ key: 'k', params: new Map(), deadlineMs: 1000 })).toEqual(failed);
    await loaders.close();
  });

  test('one that can has no problem', async () => {
    const options = { scheduler: new ManualScheduler(), sizeBytesMax: () => 1000 };
    const loaders = loadersOf(moduleLoad('various.mjs', { batch: 5 }), options, `${__dirname}/modules`);
    expect(await loaders.problems()).toEqual([]);
    await loaders.close();
  });
});
