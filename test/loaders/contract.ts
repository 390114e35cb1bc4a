import type { Loader, LoadRequest } from '../../src/loaders';
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
  | { kind: 'endless' };

export interface Subject {
  /** Its values may be `SIZE_BYTES_MAX` long. */
  loader: Loader;
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
export function loaderContract(name: string, open: (scheduler: ManualScheduler) => Promise<Subject>): void {
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

    test.each(['error', 'vanish'] as const)('%s is a failure worth another try', async (kind) => {
      subject.behave({ kind });
      expect(await subject.loader.load(request())).toEqual(aFailure({ retryable: true }));
    });

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
  });
}

/** A failure whose reason is one short printable line. */
export function aFailure(more: { retryable: boolean; reason?: string }): unknown {
  return { kind: 'failure', reason: expect.stringMatching(/^[\x20-\x7e]{1,80}$/), ...more };
}
