import fc from 'fast-check';
import type { Loader, LoadManyRequest, LoadRequest } from '../../src/loaders';
import { ManualScheduler } from './origin';

/** What a source can be made to do, whatever kind it is. */
export type Behaviour =
  | { kind: 'value'; value: Buffer }
  | { kind: 'absent' }
  /** It says that it failed. */
  | { kind: 'error' }
  /** It takes the request and never answers. */
  | { kind: 'hang' }
  /** It sends a beginning and never the end. */
  | { kind: 'stall' }
  /** It drops the connection, or what stands for one. */
  | { kind: 'vanish' }
  /** It never stops sending. */
  | { kind: 'endless' }
  /** It sends less than it said it would. */
  | { kind: 'cut' }
  /** It answers, but not as its protocol has it. */
  | { kind: 'garbage' }
  /** Text by id, for `batch`; what is null or not there is absent. */
  | { kind: 'values'; values: ReadonlyMap<string, string | null> }
  /** It knows which version of the value this is, and says `unchanged` to whoever has it. */
  | { kind: 'versioned'; value: Buffer; version: string };

/** Why a kind of loader cannot do this. */
export type Skips = Partial<Record<'batch' | 'validators' | Behaviour['kind'], string>>;

export const BATCH_KEYS_MAX = 10;

export interface Subject {
  /** Its values may be `SIZE_BYTES_MAX` long. */
  loader: Loader;
  /** The same source asked for up to BATCH_KEYS_MAX keys a call; the key `user:{id}` has the placeholder `id`. */
  batch?: Loader;
  /** Calls that the source has had. */
  calls(): number;
  behave(behaviour: Behaviour): void;
  /** Settles once the source has the next request (for 'stall', once the beginning has been sent too). */
  nextRequest(): Promise<unknown>;
  /** Settles once the source sees nobody connected; call after `close`. */
  quiet(): Promise<void>;
  /** Closes the loader, not the source. */
  close(): Promise<void>;
}

export const SIZE_BYTES_MAX = 100_000;

/** What every loader owes its caller. `open` gets the scheduler that the loader must use. */
export function loaderContract(
  name: string,
  open: (scheduler: ManualScheduler) => Promise<Subject>,
  skips: Skips = {},
): void {
  /** Runs a test, or leaves it out and says why. */
  const able = (what: keyof Skips, title: string, run: () => Promise<void>) => {
    const why = skips[what];
    if (why === undefined) test(title, run);
    else test.skip(`${title} (${why})`, () => {});
  };
  describe(`${name} keeps the loader contract`, () => {
    let scheduler: ManualScheduler;
    let subject: Subject;
    const request = (more: Partial<LoadRequest> = {}): LoadRequest => ({
      key: 'user:7',
      params: new Map([['id', '7']]),
      deadlineMs: 1000,
      ...more,
    });

    beforeEach(async () => {
      scheduler = new ManualScheduler();
      subject = await open(scheduler);
    });

    afterEach(async () => {
      expect(scheduler.delaysMs).toEqual([]);
      await subject.close();
      await subject.quiet();
    });

    test.each([
      ['empty', Buffer.alloc(0)],
      ['binary', Buffer.from(Array.from({ length: 256 }, (_, i) => i))],
      ['as long as allowed', Buffer.alloc(SIZE_BYTES_MAX, 'x')],
    ])('a value comes back byte by byte: %s', async (_, value) => {
      subject.behave({ kind: 'value', value });
      expect(await subject.loader.load(request())).toEqual({ kind: 'value', value });
    });

    test('what is not there is absent, not a failure', async () => {
      subject.behave({ kind: 'absent' });
      expect(await subject.loader.load(request())).toEqual({ kind: 'absent' });
    });

    for (const kind of ['error', 'vanish', 'cut', 'garbage'] as const) {
      able(kind, `${kind} is a failure worth another try`, async () => {
        subject.behave({ kind });
        expect(await subject.loader.load(request())).toEqual(aFailure({ retryable: true }));
      });
    }

    test.each([
      ['one byte too long', { kind: 'value', value: Buffer.alloc(SIZE_BYTES_MAX + 1) }],
      ['endless', { kind: 'endless' }],
    ] as const)('a value that is %s is a failure and ends the transfer', async (_, behaviour) => {
      subject.behave(behaviour);
      const reason = `response larger than ${SIZE_BYTES_MAX} bytes`;
      expect(await subject.loader.load(request())).toEqual({ kind: 'failure', reason, retryable: false });
    });

    test.each(['hang', 'stall'] as const)('the deadline ends a load that would %s', async (kind) => {
      subject.behave({ kind });
      const asked = subject.nextRequest();
      const result = subject.loader.load(request({ deadlineMs: 40 }));
      await asked;
      expect(scheduler.delaysMs).toEqual([40]);
      scheduler.fire();
      expect(await result).toEqual({ kind: 'failure', reason: 'deadline of 40 ms passed', retryable: true });
    });

    test('its caller can give up, before and during', async () => {
      subject.behave({ kind: 'hang' });
      const givenUp = { kind: 'failure', reason: 'cancelled', retryable: true };
      expect(await subject.loader.load(request({ signal: AbortSignal.abort() }))).toEqual(givenUp);
      const stop = new AbortController();
      const asked = subject.nextRequest();
      const result = subject.loader.load(request({ signal: stop.signal }));
      await asked;
      stop.abort();
      expect(await result).toEqual(givenUp);
    });

    test('a bad load does not spoil the next', async () => {
      for (const kind of ['error', 'vanish', 'endless', 'absent'] as const) {
        subject.behave({ kind });
        await subject.loader.load(request());
        const value = Buffer.from(`after ${kind}`);
        subject.behave({ kind: 'value', value });
        expect(await subject.loader.load(request())).toEqual({ kind: 'value', value });
      }
    });

    test('many loads at once each get an answer', async () => {
      subject.behave({ kind: 'value', value: Buffer.from('v') });
      const results = await Promise.all(Array.from({ length: 300 }, () => subject.loader.load(request())));
      expect(results.filter(({ kind }) => kind === 'value')).toHaveLength(300);
    });

    able('validators', 'who has the newest version is told so, and nothing else', async () => {
      const value = Buffer.from('of version one');
      subject.behave({ kind: 'versioned', value, version: 'one' });
      const first = await subject.loader.load(request());
      expect(first).toEqual({ kind: 'value', value, validator: expect.any(String) });
      const validator = first.kind === 'value' ? first.validator! : '';
      expect(await subject.loader.load(request({ validator }))).toEqual({ kind: 'unchanged' });
      subject.behave({ kind: 'versioned', value: Buffer.from('two'), version: 'two' });
      expect(await subject.loader.load(request({ validator }))).toMatchObject({ value: Buffer.from('two') });
    });

    test('a validator that is not of this source does not matter', async () => {
      const value = Buffer.from('v');
      subject.behave({ kind: 'value', value });
      for (const validator of ['', 'x', 'etag "a\r\nx: y"', '\0'.repeat(1000)]) {
        expect(await subject.loader.load(request({ validator }))).toEqual({ kind: 'value', value });
      }
    });

    describe('of a batch', () => {
      const many = (ids: readonly string[], more: Partial<LoadManyRequest> = {}) =>
        subject.batch!.loadMany!({
          items: ids.map((id) => ({ key: `user:${id}`, params: new Map([['id', id]]) })),
          deadlineMs: 1000,
          ...more,
        });
      const values = (entries: Record<string, string | null>) =>
        subject.behave({ kind: 'values', values: new Map(Object.entries(entries)) });
      const value = (text: string) => ({ kind: 'value', value: Buffer.from(text) });
      const ids = Array.from({ length: BATCH_KEYS_MAX }, (_, i) => String(i));

      able('batch', 'as many keys as it takes are one call, each with a result of its own', async () => {
        expect(subject.batch!.batchKeysMax).toBe(BATCH_KEYS_MAX);
        values({ 9: 'nine', 3: '{"a":[1]}', 0: '', 4: null, 77: 'nobody asked' });
        const before = subject.calls();
        const results = await many([...ids].reverse());
        expect(subject.calls()).toBe(before + 1);
        const expected = new Map([
          ['9', value('nine')],
          ['3', value('{"a":[1]}')],
          ['0', value('')],
        ]);
        expect(results).toEqual([...ids].reverse().map((id) => expected.get(id) ?? { kind: 'absent' }));
      });

      able('batch', 'one key, the same key twice, and none', async () => {
        values({ 7: 'seven' });
        expect(await subject.batch!.load(request())).toEqual(value('seven'));
        expect(await many(['7', '8', '7'])).toEqual([value('seven'), { kind: 'absent' }, value('seven')]);
        expect(await many([])).toEqual([]);
      });

      able('batch', 'whatever there is and is asked for, every key gets its own', async () => {
        const id = fc.integer({ min: 0, max: 30 }).map(String);
        const text = fc.oneof(fc.string({ maxLength: 20 }), fc.json());
        const rows = fc.dictionary(id, fc.option(text.filter((it) => !it.includes('\0'))), { maxKeys: 20 });
        const asked = fc.array(id, { maxLength: BATCH_KEYS_MAX });
        const check = async (there: Record<string, string | null>, wanted: string[]) => {
          values(there);
          const expected = wanted.map((each) => {
            const found = new Map(Object.entries(there)).get(each) ?? null;
            return found === null ? { kind: 'absent' } : value(found);
          });
          expect(await many(wanted)).toEqual(expected);
        };
        await fc.assert(fc.asyncProperty(rows, asked, check), { numRuns: 50 });
      });

      for (const kind of ['error', 'vanish', 'cut', 'garbage'] as const) {
        able(skips.batch === undefined ? kind : 'batch', `${kind} is a failure of each key`, async () => {
          subject.behave({ kind });
          expect(await many(['1', '2'])).toEqual([aFailure({}), aFailure({})]);
          values({ 1: 'one' });
          expect(await many(['1', '2'])).toEqual([value('one'), { kind: 'absent' }]);
        });
      }

      able(skips.batch === undefined ? 'endless' : 'batch', 'a call that never stops sending is ended', async () => {
        subject.behave({ kind: 'endless' });
        const reason = `response larger than ${SIZE_BYTES_MAX} bytes`;
        expect(await many(['1', '2'])).toEqual(Array(2).fill({ kind: 'failure', reason, retryable: false }));
      });

      able('batch', 'the deadline and its caller end it', async () => {
        subject.behave({ kind: 'hang' });
        let asked = subject.nextRequest();
        const late = many(['1', '2'], { deadlineMs: 40 });
        await asked;
        scheduler.fire();
        const passed = { kind: 'failure', reason: 'deadline of 40 ms passed', retryable: true };
        expect(await late).toEqual([passed, passed]);
        const stop = new AbortController();
        asked = subject.nextRequest();
        const given = many(['1', '2'], { signal: stop.signal });
        await asked;
        stop.abort();
        expect(await given).toEqual(Array(2).fill({ kind: 'failure', reason: 'cancelled', retryable: true }));
      });
    });
  });
}

/** A failure whose reason is one short printable line. */
export function aFailure(more: { retryable?: boolean; reason?: string }): unknown {
  const line = expect.stringMatching(/^[\x20-\x7e]{1,80}$/);
  return { kind: 'failure', reason: line, retryable: expect.any(Boolean), ...more };
}
