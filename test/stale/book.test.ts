import { Book } from './book';
import { GRACE_MS, KeySpace } from './key-space';
import { rowText, versionIn } from './values';

const SCALE = { groups: 1, perGroup: 1, sources: 1, items: 0 };
let now: number;
let book: Book;
let load: number;
let soft: number;

beforeEach(() => {
  now = 0;
  book = new Book(new KeySpace(SCALE, new Set(['load', 'soft', 'src', 'made', 'edge'])), () => now);
  load = book.space.indexOf('load:0:0');
  soft = book.space.indexOf('soft:0:0');
});

const group = () => book.space.tagged('g:0');
const found = () => [...book.counts.keys()];

function readVersion(key: number, version: number, floor = book.floorOf(key)): void {
  book.judge(key, floor, now, rowText(book.space.keys[key]!.name, version), 'GET');
}

test('a write counts from its acknowledgement, for all that it reaches, and for reads sent after it', () => {
  const before = book.floorOf(load);
  const write = book.begin('INVALTAG g:0', group(), []);
  readVersion(load, 1);
  book.acknowledged(write);
  readVersion(load, 1, before);
  readVersion(load, 2);
  expect(found()).toEqual([]);
  readVersion(load, 1);
  expect(found()).toEqual(['I4']);
});

test('a write without an acknowledgement allows either outcome', () => {
  book.failed(book.begin('DEL', [load], [load]), 'gone');
  readVersion(load, 1);
  readVersion(load, 2);
  expect(found()).toEqual([]);
});

test('after a kill it is I5; what is from the future, of another key or damaged is I2', () => {
  book.acknowledged(book.begin('DEL', [load], [load]));
  book.kills++;
  readVersion(load, 1);
  expect(found()).toEqual(['I5']);
  readVersion(load, 3);
  book.judge(load, 0, now, rowText('soft:0:0', 1), 'GET');
  book.judge(load, 0, now, rowText('load:0:0', 2).replace('p', 'q'), 'GET');
  expect(book.counts.get('I2')).toBe(3);
});

test('soft counts when the grace is over; hard counts at once, with a grace and without', () => {
  book.acknowledged(book.begin('INVAL SOFT', group(), [], -1, 0));
  expect(book.floorOf(load)).toBe(2);
  expect(book.floorOf(soft)).toBe(0);
  now += GRACE_MS;
  expect(book.floorOf(soft)).toBe(0);
  now += 100;
  expect(book.floorOf(soft)).toBe(2);
  book.acknowledged(book.begin('INVALTAG g:0', group(), []));
  expect(book.floorOf(soft)).toBe(3);
});

test('a plain store and an invalidation at once have no order; the store itself counts', () => {
  const invalidation = book.begin('INVALTAG g:0', group(), []);
  const store = book.begin('SET', [load], [load], load);
  const later = book.begin('DEL', [load], [load]);
  book.acknowledged(later);
  book.acknowledged(store);
  book.acknowledged(invalidation);
  expect(book.floorOf(load)).toBe(3);
});

test('a source reaches all that is made from it, through edges of edges', () => {
  const source = book.space.indexOf('src:0');
  const names = book.space.downFrom(source).map((key) => book.space.keys[key]!.name);
  expect(names.sort()).toEqual(['edge:0:0', 'edge:0:1', 'edge:0:2', 'made:0:0', 'made:0:1', 'src:0']);
});

test('a value says its key and its version', () => {
  for (const version of [1, 2, 77, 100_000]) expect(versionIn(rowText('a:b', version), 'a:b')).toBe(version);
  expect(versionIn('', 'a:b')).toBeNaN();
  expect(versionIn(rowText('a:b', 5).slice(0, -1), 'a:b')).toBeNaN();
});
