import type { LookupAddress } from 'node:dns';
import { guardedLookup, isPrivate, type LookupAll } from '../../src/loaders/http/private-addresses';
import { aFailure } from './contract';
import { loadersOf, oneLoad } from './from-config';
import { httpOrigin, ManualScheduler, type Origin } from './origin';

test.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  'fc00::1',
  'fd12::1',
  'fe80::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::1',
])('%s is private', (address) => {
  expect(isPrivate(address)).toBe(true);
});

test.each([
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.0.1',
  '172.15.0.1',
  '172.32.0.1',
  '192.167.0.1',
  '223.255.255.255',
  '2606:4700::1111',
  '64:ff9b::101:101',
  '2002:101:101::',
  '::ffff:1.1.1.1',
])('%s is not', (address) => {
  expect(isPrivate(address)).toBe(false);
});

const answering =
  (...addresses: string[]): LookupAll =>
  (_, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

function looked(allowed: boolean | string[], hostname: string, lookup: LookupAll, options: object = { all: true }) {
  return new Promise<unknown>((settled) => {
    guardedLookup(allowed, lookup)(hostname, options, (error, addresses, family) => {
      if (error !== null) settled((error as NodeJS.ErrnoException).code);
      else
        settled(Array.isArray(addresses) ? addresses.map((each: LookupAddress) => each.address) : [addresses, family]);
    });
  });
}

test('a name stands for what DNS says now, and only for what is public', async () => {
  expect(await looked(false, 'api.example', answering('1.1.1.1'))).toEqual(['1.1.1.1']);
  expect(await looked(false, 'api.example', answering('169.254.169.254'))).toBe('PRIVATE_ADDRESS');
  expect(await looked(false, 'api.example', answering('10.0.0.1', '1.1.1.1', '::1'))).toEqual(['1.1.1.1']);
  expect(await looked(false, 'api.example', answering())).toBe('ENOTFOUND');
  expect(
    await looked(false, 'api.example', (_, done) => done(Object.assign(new Error('x'), { code: 'EAI_AGAIN' }), [])),
  ).toBe('EAI_AGAIN');
});

test('localhost is loopback, and nothing else', async () => {
  for (const name of ['localhost', 'LOCALHOST.', 'api.localhost']) {
    expect(await looked(false, name, answering('127.0.0.1', '::1', '10.0.0.1'))).toEqual(['127.0.0.1', '::1']);
  }
  expect(await looked(false, 'notlocalhost', answering('127.0.0.1'))).toBe('PRIVATE_ADDRESS');
});

test('private addresses as the operator allows them', async () => {
  const both = answering('10.1.0.1', '10.2.0.1', 'fd00::1');
  expect(await looked(true, 'api.example', both)).toEqual(['10.1.0.1', '10.2.0.1', 'fd00::1']);
  expect(await looked(['10.1.0.0/16'], 'api.example', both)).toEqual(['10.1.0.1']);
  expect(await looked(['fd00::/8', '10.2.0.1'], 'api.example', both)).toEqual(['10.2.0.1', 'fd00::1']);
});

test('one address of one family, where that is asked for', async () => {
  const both = answering('1.1.1.1', '2606:4700::1111');
  expect(await looked(false, 'h', both, {})).toEqual(['1.1.1.1', 4]);
  expect(await looked(false, 'h', both, { family: 6 })).toEqual(['2606:4700::1111', 6]);
  expect(await looked(false, 'h', both, { family: 'IPv6', all: true })).toEqual(['2606:4700::1111']);
  expect(await looked(false, 'h', answering('1.1.1.1'), { family: 6 })).toBe('ENOTFOUND');
});

// FAULTS T12: the name of the configuration, a DNS answer that points inside, a real origin there.
describe('a load', () => {
  let origin: Origin;
  beforeAll(async () => {
    origin = await httpOrigin((_, response) => void response.end('secret'));
  });
  afterAll(() => origin.close());

  async function load(host: string, source: object = {}) {
    const url = `http://${host}:${new URL(origin.url).port}`;
    const options = { scheduler: new ManualScheduler(), sizeBytesMax: () => 100, lookup: answering('127.0.0.1') };
    const loaders = loadersOf(oneLoad({ http: url, ...source }, { path: '/' }), options);
    const result = await loaders.forTemplate(0)!.load({ key: 'user:7', params: new Map(), deadlineMs: 1000 });
    await loaders.close();
    return result;
  }
  const value = { kind: 'value', value: Buffer.from('secret') };

  test('does not connect to a private address behind a name', async () => {
    origin.paths.length = 0;
    const reason = 'host has a private address (private-addresses)';
    expect(await load('api.example')).toEqual(aFailure({ reason }));
    expect(await load('api.example', { 'private-addresses': '10.0.0.0/8' })).toEqual(aFailure({ reason }));
    expect(origin.paths).toEqual([]);
  });

  test('does where the operator said so', async () => {
    expect(await load('api.example', { 'private-addresses': 'on' })).toEqual(value);
    expect(await load('api.example', { 'private-addresses': ['127.0.0.0/8'] })).toEqual(value);
    expect(await load('127.0.0.1')).toEqual(value);
    expect(await load('localhost')).toEqual(value);
  });
});
