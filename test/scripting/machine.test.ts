import { ReplyWriter } from '../../protocol/reply-writer';
import { Scripts } from '../../src/scripting/scripts';
import { writeReply } from '../../src/scripting/to-reply';

const TIME_MS_MAX = 1000;

/** Every look at the clock takes ten milliseconds: a script has a hundred of them. */
function scriptsHere(heapBytes: () => number = () => 0): Scripts {
  let now = 0;
  return new Scripts({
    version: '7.4.0',
    nowMs: () => (now += 10),
    heapBytes,
    timeMsMax: () => TIME_MS_MAX,
    memoryBytesMax: () => 1024 * 1024,
    countMax: () => 3,
    cacheBytesMax: () => 10_000,
  });
}

const HOST = {
  call: () => ({ buf: Buffer.from('$3\r\nabc\r\n'), at: 0 }),
  mayCall: () => true,
  log: () => {},
};

function evaluate(scripts: Scripts, code: string): string {
  const compiled = scripts.compiled(scripts.byCode(Buffer.from(code, 'latin1')));
  const end = scripts.machine.run(compiled, [], [], HOST);
  if ('until' in end) return 'waits';
  if ('error' in end) return end.error.replace(/ script: .*/, '');
  const out = new ReplyWriter(1024);
  writeReply(out, end.value, end.proto);
  return out.buf.toString('latin1', 0, out.at);
}

describe('a hostile script ends, and the next one runs', () => {
  const TOO_LONG = `ERR Script stopped: it ran longer than script-time-max (${TIME_MS_MAX} ms)`;
  const LOOP = 'while true do end';
  test.each([
    ['an endless loop', LOOP, TOO_LONG],
    ['one that catches its end', `while true do pcall(function() ${LOOP} end) end`, TOO_LONG],
    ['one in coroutines', `while true do coroutine.wrap(function() while true do end end)() end`, TOO_LONG],
    [
      'one that resumes what was stopped',
      `while true do coroutine.resume(coroutine.create(function() ${LOOP} end)) end`,
      TOO_LONG,
    ],
    ['one after an error that was caught', `pcall(error, 'x') ${LOOP}`, TOO_LONG],
    ['endless recursion', 'local function f() return f() + 1 end return f()', 'ERR user_script:1: stack overflow'],
    ['a giant string', "return ('x'):rep(1e10)", 'ERR user_script:1: not enough memory'],
    ['a string that doubles', "local s = 'x' while true do s = s .. s end", 'ERR user_script:1: not enough memory'],
    ['a yield to nobody', 'coroutine.yield(1)', 'ERR attempt to yield across metamethod/C-call boundary'],
    ['a new string library', "getmetatable('').__index = {}", 'ERR user_script:1: Attempt to modify a readonly table'],
    [
      'a metatable of all globals',
      'getmetatable(_G).__index = nil',
      'ERR user_script:1: Attempt to modify a readonly table',
    ],
    ['bytecode', "return #loadstring('\\27Lua')", 'ERR user_script:1: attempt to get length of a nil value'],
  ])('%s', (_name, code, error) => {
    const scripts = scriptsHere();
    expect(evaluate(scripts, code)).toBe(error);
    expect(evaluate(scripts, "return ('x'):upper()")).toBe('$1\r\nX\r\n');
    expect(evaluate(scripts, code)).toBe(error);
  });

  test('a table that grows', () => {
    let heap = 0;
    const scripts = scriptsHere(() => (heap += 600_000));
    expect(evaluate(scripts, 'local t = {} while true do t[#t + 1] = {} end')).toMatch(
      /^ERR Script stopped: it took more than/,
    );
    expect(evaluate(scripts, 'return 1')).toBe(':1\r\n');
  });
});

test('the environment of a script is fresh in its next run', () => {
  const scripts = scriptsHere();
  const code = 'local before = rawget(_G, "x") _ENV = {} return before == nil';
  expect([1, 2].map(() => evaluate(scripts, code.replace('rawget(_G, "x")', 'rawget(_G, "x")')))).toEqual([
    ':1\r\n',
    ':1\r\n',
  ]);
});

test.each([
  ['return 1700000000 * 1000', ':1700000000000\r\n'],
  ['return 2147483647 + 1', ':2147483648\r\n'],
  ["return 0 + '0x10'", ':16\r\n'],
  ['return tostring(10 / 2)', '$1\r\n5\r\n'],
  ['return string.format("%d", 2 ^ 40)', '$13\r\n1099511627776\r\n'],
  ['return math.floor(2 ^ 40 + 0.5)', ':1099511627776\r\n'],
  ["return ('abc'):sub(1.9, 1e10)", '$3\r\nabc\r\n'],
])('numbers are doubles: %s', (code, reply) => {
  expect(evaluate(scriptsHere(), code)).toBe(reply);
});

test('the script used longest ago is forgotten', () => {
  const scripts = scriptsHere();
  const [first, second] = ['return 1', 'return 2'].map((code) => scripts.byCode(Buffer.from(code)).sha);
  scripts.byCode(Buffer.from('return 3'));
  scripts.bySha(first!);
  scripts.byCode(Buffer.from('return 4'));
  expect([scripts.has(first!), scripts.has(second!), scripts.count]).toEqual([true, false, 3]);
});

describe('a call that has to wait', () => {
  const waiting = { ...HOST, call: () => Promise.resolve({ buf: Buffer.from('-MY error\r\n'), at: 0 }) };
  const run = (code: string) => {
    const scripts = scriptsHere();
    return { scripts, end: scripts.machine.run(scripts.compiled(scripts.byCode(Buffer.from(code))), [], [], waiting) };
  };

  test.each([
    ["return redis.call('GET', 'a') .. redis.call('GET', 'b')", 'abcabc'],
    ["local ok, v = pcall(redis.call, 'GET', 'a') return v .. tostring(ok) .. redis.call('GET', 'b')", 'abctrueabc'],
  ])('the script stands still and goes on: %s', (code, value) => {
    const { scripts, end } = run(code);
    expect(end).toHaveProperty('until');
    const second = scripts.machine.resume({ buf: Buffer.from('$3\r\nabc\r\n'), at: 0 }, 0);
    expect(second).toHaveProperty('until');
    const last = scripts.machine.resume({ buf: Buffer.from('$3\r\nabc\r\n'), at: 0 }, 0);
    if (!('value' in last)) throw new Error(JSON.stringify(last));
    const out = new ReplyWriter(64);
    writeReply(out, last.value, last.proto);
    expect(out.buf.toString('latin1', 0, out.at)).toBe(`$6\r\n${value}\r\n`.replace('$6', `$${value.length}`));
  });

  test('its error is that of the script', () => {
    const { scripts } = run("return redis.call('GET', 'a')");
    expect(scripts.machine.resume({ buf: Buffer.from('-MY error\r\n'), at: 0 }, 0)).toEqual({
      error: expect.stringMatching(/^MY error script: /),
    });
  });

  test('limits hold after an error that was caught while it waited', () => {
    const { scripts } = run("pcall(redis.call, 'GET', 'a') while true do end");
    expect(scripts.machine.resume({ buf: Buffer.from('-MY error\r\n'), at: 0 }, 0)).toEqual({
      error: expect.stringMatching(/^ERR Script stopped/),
    });
  });

  test('not in a coroutine of its own', () => {
    const { end } = run("return coroutine.wrap(function() return redis.call('GET', 'a') end)()");
    expect(end).toEqual({ error: expect.stringMatching(/^ERR this key is not in memory/) });
  });
});
