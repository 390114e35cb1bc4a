import fc from 'fast-check';
import { Fault } from '../../src/base/fault';
import { COMMANDS, createTable } from '../../src/commands/all';
import type { Context, Outcome } from '../../src/commands/context';
import { bytes, many, optional } from '../../src/commands/framework/arguments';
import { type Command, command } from '../../src/commands/framework/command';
import { dispatch } from '../../src/commands/framework/dispatch';
import { Table } from '../../src/commands/framework/table';
import { argument, plainHouse, type Visitor } from './house';
import { show } from './reply';

async function answer(visitor: Visitor, ...words: string[]): Promise<string> {
  const reply = await visitor.ask(words);
  return reply === undefined ? 'closed' : show(reply);
}

function testCommand(run: (ctx: Context) => Outcome): Command {
  return command({
    name: 'try',
    group: 'server',
    since: '0.1.0',
    summary: 'Try something',
    flags: [],
    args: { words: optional(many(bytes())) },
    run: (ctx) => run(ctx),
  });
}

describe('the table', () => {
  test('finds every command in any case and no other word', () => {
    const table = createTable();
    const names = new Set(COMMANDS.map((each) => each.name));
    for (const each of COMMANDS) {
      expect(table.find(argument(each.name.toUpperCase()))).toBe(each);
      expect(table.find(argument(`${each.name}x`))?.name).toBe(
        names.has(`${each.name}x`) ? `${each.name}x` : undefined,
      );
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 20 }), (word) => {
        expect(table.find(argument(word))?.name).toBe(names.has(word.toLowerCase()) ? word.toLowerCase() : undefined);
      }),
    );
  });

  test('only letters have a case', () => {
    const table = createTable();
    // '@' and '`' differ from each other as 'A' and 'a' do.
    const odd: Command = { ...COMMANDS[0]!, name: '@' };
    const small = new Table();
    small.add(odd);
    expect(small.find(argument('`'))).toBeUndefined();
    expect(small.find(argument('@'))).toBe(odd);
    expect(table.find(argument('\x50\x49\x4e\x67'))?.name).toBe('ping');
  });
});

describe('what goes wrong is a reply', () => {
  test.each(COMMANDS.map((each) => [each.name, each] as const))(
    '%s throwing is an internal error (F16)',
    async (_name, each) => {
      const broken: Command = {
        ...each,
        execute: (ctx) => {
          ctx.out.array(3);
          throw new Error('failpoint');
        },
        fast: (ctx) => {
          ctx.out.simple('half');
          throw new Error('failpoint');
        },
      };
      const { children: _, ...childless } = broken;
      const house = plainHouse(createTable([childless, ...COMMANDS.filter((other) => other !== each)]));
      const visitor = house.visit();
      const words = Array.from({ length: Math.abs(each.arity) - 1 }, () => 'x');
      expect(await answer(visitor, each.name, ...words)).toBe('-ERR internal error');
      expect(house.node.failures).toHaveLength(1);
      if (each.name !== 'echo') expect(await answer(visitor, 'ECHO', 'next')).toBe('"next"');
    },
  );

  test('a fault takes back what was written of the reply, and only that', () => {
    const faulty = testCommand((ctx) => {
      ctx.out.bulkText('half');
      throw new Fault('ERR no');
    });
    const visitor = plainHouse(createTable([...COMMANDS, faulty])).visit();
    const { out, context } = visitor;
    out.simple('before');
    dispatch(context.table, context, [argument('TRY')], 1);
    out.simple('after');
    expect(out.buf.toString('latin1', 0, out.at)).toBe('+before\r\n-ERR no\r\n+after\r\n');
  });

  test.each(['\r\n+OK\r\n', 'a\r\nb', '\n', 'x\r\n\r\n'])('a fault with %j in it is one line (F15)', async (text) => {
    const faulty = testCommand(() => {
      throw new Fault(`ERR loader: ${text}`);
    });
    const visitor = plainHouse(createTable([...COMMANDS, faulty])).visit();
    const reply = (await visitor.bytesOf(['TRY']))!.toString('latin1');
    expect(reply.slice(0, -2)).not.toMatch(/[\r\n]/);
    expect(reply).toMatch(/^-ERR loader: .*\r\n$/);
  });

  test('a rejected promise, and a throwing reply, are replies too', async () => {
    for (const outcome of [
      () => Promise.reject(new Fault('ERR late')),
      () =>
        Promise.resolve(() => {
          throw new Fault('ERR late');
        }),
      () => Promise.resolve(() => Promise.reject(new Fault('ERR late'))),
    ]) {
      const late = testCommand(outcome);
      const visitor = plainHouse(createTable([...COMMANDS, late])).visit();
      expect(await answer(visitor, 'TRY')).toBe('-ERR late');
    }
  });

  test('a promised reply that throws something else is an internal error', async () => {
    const late = testCommand(() => Promise.reject(new TypeError('oops')));
    const house = plainHouse(createTable([...COMMANDS, late]));
    expect(await answer(house.visit(), 'TRY')).toBe('-ERR internal error');
    expect(house.node.failures).toHaveLength(1);
  });

  test('unknown commands of a megabyte are quoted short', async () => {
    const visitor = plainHouse().visit();
    const reply = (await visitor.bytesOf(['x'.repeat(1 << 20), 'y'.repeat(1 << 20)]))!;
    expect(reply.length).toBeLessThan(400);
  });
});

describe('who may', () => {
  test('without a password given, most commands are refused, after what is no command at all', async () => {
    const house = plainHouse();
    house.node.password = 'secret';
    const visitor = house.visit();
    expect(await answer(visitor, 'PING')).toBe('-NOAUTH Authentication required.');
    expect(await answer(visitor, 'GET', 'k')).toBe('-NOAUTH Authentication required.');
    expect(await answer(visitor, 'FOO')).toMatch(/^-ERR unknown command/);
    expect(await answer(visitor, 'GET')).toMatch(/^-ERR wrong number/);
    expect(await answer(visitor, 'HELLO', '3')).toMatch(/^-NOAUTH HELLO must be called/);
    expect(await answer(visitor, 'HELLO', '3', 'AUTH', 'default', 'wrong')).toMatch(/^-WRONGPASS/);
    expect(await answer(visitor, 'AUTH', 'wrong')).toMatch(/^-WRONGPASS/);
    expect(await answer(visitor, 'AUTH', 'secret')).toBe('+OK');
    expect(await answer(visitor, 'PING')).toBe('+PONG');
    expect(await answer(visitor, 'RESET')).toBe('+RESET');
    expect(await answer(visitor, 'PING')).toBe('-NOAUTH Authentication required.');
    expect(await answer(visitor, 'HELLO', '3', 'AUTH', 'default', 'secret', 'SETNAME', 'me')).toMatch(/^\{"server"/);
    expect(visitor.client.name).toBe('me');
    expect(await answer(visitor, 'QUIT')).toBe('+OK');
  });

  test('DEBUG asks its setting', async () => {
    const house = plainHouse();
    const visitor = house.visit();
    for (const [setting, address, allowed] of [
      ['no', '127.0.0.1:1', false],
      ['local', '127.0.0.1:1', true],
      ['local', '192.0.2.1:1', false],
      ['yes', '192.0.2.1:1', true],
    ] as const) {
      house.node.values.set('enable-debug-command', setting);
      visitor.client.address = address;
      expect((await answer(visitor, 'DEBUG', 'SLEEP', '0')) === '+OK').toBe(allowed);
    }
  });

  test('who speaks HTTP is cut off and counted', async () => {
    const house = plainHouse();
    expect(await answer(house.visit(), 'post', '/', 'HTTP/1.1')).toBe('closed');
    expect(await answer(house.visit(), 'HOST:', 'example.test')).toBe('closed');
    expect(house.node.refused).toHaveLength(2);
  });
});

test('all 256 one-byte keys are stored apart (F13)', async () => {
  const visitor = plainHouse().visit();
  const keys = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i));
  for (const key of keys) await visitor.ask(['SET', key, `value of ${key}`]);
  for (const key of keys) expect((await visitor.ask(['GET', key]))?.text).toBe(`value of ${key}`);
  expect(await answer(visitor, 'DBSIZE')).toBe(':256');
});

test('OBJECT FREQ and IDLETIME go by the policy', async () => {
  const house = plainHouse();
  const visitor = house.visit();
  await visitor.ask(['SET', 'k', 'v']);
  await visitor.ask(['GET', 'k']);
  house.clock.advance(5400);
  expect(await answer(visitor, 'OBJECT', 'IDLETIME', 'k')).toBe(':5');
  house.node.values.set('maxmemory-policy', 'allkeys-lfu');
  expect(await answer(visitor, 'OBJECT', 'FREQ', 'k')).toBe(':1');
  expect(await answer(visitor, 'OBJECT', 'IDLETIME', 'k')).toMatch(/^-ERR An LFU maxmemory policy is selected/);
});
