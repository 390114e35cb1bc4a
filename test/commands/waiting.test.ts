import { createTable } from '../../src/commands/all';
import { dispatch } from '../../src/commands/framework/dispatch';
import type { EngineApi } from '../../src/engine/api';
import { argument, type House, plainHouse, type Visitor } from './house';
import { show } from './reply';

/** An engine whose first `times` answers to `method` come late, and only when let go. */
function lateBy(method: keyof EngineApi, times: number) {
  const gates: (() => void)[] = [];
  const mood = (engine: EngineApi): EngineApi =>
    new Proxy(engine, {
      get(target, name) {
        const member = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        if (name !== method || gates.length >= times) return member.bind(target);
        return (...args: unknown[]) => {
          const result = Reflect.apply(member, target, args);
          return new Promise((resolve) => gates.push(() => resolve(result)));
        };
      },
    });
  const release = () => {
    for (const open of gates) open();
  };
  return { mood, release };
}

function begin(visitor: Visitor, ...words: string[]) {
  return dispatch(visitor.context.table, visitor.context, words.map(argument), words.length);
}

async function finish(visitor: Visitor, waiting: ReturnType<typeof begin>): Promise<string> {
  let outcome = waiting;
  while (outcome !== undefined) {
    const reply = await outcome;
    outcome = (reply() ?? undefined) as ReturnType<typeof begin>;
  }
  return visitor.out.buf.toString('latin1', 0, visitor.out.at);
}

const houseOf = (mood: (engine: EngineApi) => EngineApi): House => plainHouse(createTable(), mood);

test('a command that waits writes nothing before its reply is run', async () => {
  const { mood, release } = lateBy('get', 1);
  const house = houseOf(mood);
  const visitor = house.visit();
  await house.visit().ask(['SET', 'k', 'v']);
  const waiting = begin(visitor, 'GET', 'k');
  expect(waiting).toBeInstanceOf(Promise);
  release();
  const reply = await waiting!;
  expect(visitor.out.at).toBe(0);
  reply();
  expect(visitor.out.buf.toString('latin1', 0, visitor.out.at)).toBe('$1\r\nv\r\n');
});

test('a command that does not wait gives no promise', () => {
  const visitor = plainHouse().visit();
  for (const words of [
    ['SET', 'k', '1'],
    ['GET', 'k'],
    ['INCR', 'k'],
    ['EXISTS', 'k'],
    ['MGET', 'k', 'l'],
    ['TTL', 'k'],
    ['PING'],
  ]) {
    expect(begin(visitor, ...words)).toBeUndefined();
  }
});

describe('a write that had to wait looks again', () => {
  test.each([
    [['SETNX', 'k', 'mine'], 'locate', ':0\r\n', 'theirs'],
    [['SET', 'k', 'mine', 'NX'], 'locate', '$-1\r\n', 'theirs'],
    [['SET', 'k', 'mine', 'NX', 'GET'], 'getRaw', '$6\r\ntheirs\r\n', 'theirs'],
    [['MSETNX', 'k', 'mine', 'l', 'mine'], 'countLive', ':0\r\n', 'theirs'],
    [['APPEND', 'k', '+'], 'getRaw', ':7\r\n', 'theirs+'],
    [['TAGSET', 'k', 'mine', 'NX', 'TAGS', 't'], 'locate', '$-1\r\n', 'theirs'],
  ] as const)('%j', async (words, method, reply, value) => {
    const { mood, release } = lateBy(method, 1);
    const house = houseOf(mood);
    const visitor = house.visit();
    const waiting = begin(visitor, ...words);
    await house.visit().ask(['SET', 'k', 'theirs']);
    release();
    expect(await finish(visitor, waiting)).toBe(reply);
    expect((await house.visit().ask(['GET', 'k']))!.text).toBe(value);
  });

  test('INCR adds to what is there when it adds', async () => {
    const { mood, release } = lateBy('getRaw', 1);
    const house = houseOf(mood);
    const visitor = house.visit();
    const waiting = begin(visitor, 'INCR', 'n');
    await house.visit().ask(['SET', 'n', '41']);
    release();
    expect(await finish(visitor, waiting)).toBe(':42\r\n');
  });

  test('what was taken away meanwhile is not used', async () => {
    const { mood, release } = lateBy('locate', 1);
    const house = houseOf(mood);
    await house.visit().ask(['SET', 'k', 'v']);
    const visitor = house.visit();
    const waiting = begin(visitor, 'TTL', 'k');
    await house.visit().ask(['DEL', 'k']);
    release();
    expect(await finish(visitor, waiting)).toBe(':-2\r\n');
  });

  test('an engine that always waits is not asked for ever', async () => {
    const house = plainHouse(
      createTable(),
      (engine) =>
        new Proxy(engine, {
          get(target, name) {
            const member = Reflect.get(target, name, target);
            if (typeof member !== 'function') return member;
            return name === 'locate'
              ? async (...args: unknown[]) => Reflect.apply(member, target, args)
              : member.bind(target);
          },
        }),
    );
    const visitor = house.visit();
    await visitor.ask(['SET', 'k', 'v']);
    expect(show((await visitor.ask(['SETNX', 'k', 'w']))!)).toBe(':0');
    expect(show((await visitor.ask(['SETNX', 'l', 'w']))!)).toBe(':1');
  });
});
