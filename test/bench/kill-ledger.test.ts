import { Ledger } from '../../bench/kill-ledger';

describe('Ledger of the kill case', () => {
  test('an acknowledged store makes what was before it old', () => {
    const ledger = new Ledger(2);
    const [first, second] = [ledger.next(), ledger.next()];
    ledger.storeAcked(0, first, []);
    expect(ledger.isOld(first, ledger.floor(0))).toBe(false);
    ledger.storeAcked(0, second, []);
    expect(ledger.isOld(first, ledger.floor(0))).toBe(true);
    expect(ledger.isOld(second, ledger.floor(0))).toBe(false);
    expect(ledger.floor(1)).toBe(0);
  });

  test('an acknowledged removal makes every earlier value old', () => {
    const ledger = new Ledger(1);
    const stored = ledger.next();
    ledger.storeAcked(0, stored, []);
    ledger.removeAcked(0, ledger.next());
    expect(ledger.isOld(stored, ledger.floor(0))).toBe(true);
  });

  test('an invalidation counts from its acknowledgement, for what carried the tag when it was sent', () => {
    const ledger = new Ledger(3);
    const [tagged, other, later] = [ledger.next(), ledger.next(), ledger.next()];
    ledger.storeAcked(0, tagged, ['a', 'b']);
    ledger.storeAcked(1, other, ['b']);
    const acked = ledger.invalidationSent('a');
    ledger.storeAcked(2, later, ['a']);
    expect(ledger.isOld(tagged, ledger.floor(0))).toBe(false);
    acked();
    expect(ledger.isOld(tagged, ledger.floor(0))).toBe(true);
    expect(ledger.isOld(other, ledger.floor(1))).toBe(false);
    expect(ledger.isOld(later, ledger.floor(2))).toBe(false);
  });

  test('a value read back after a crash is the least that may be read later, and carries the tags it was sent with', () => {
    const ledger = new Ledger(1);
    const [acknowledged, inFlight] = [ledger.next(), ledger.next()];
    ledger.storeAcked(0, acknowledged, []);
    ledger.storeSent(inFlight, ['t']);
    ledger.readBack(0, inFlight);
    ledger.allReadBack();
    expect(ledger.isOld(acknowledged, ledger.floor(0))).toBe(true);
    ledger.invalidationSent('t')();
    expect(ledger.isOld(inFlight, ledger.floor(0))).toBe(true);
  });

  test('a version above all that were given out was never written', () => {
    const ledger = new Ledger(1);
    expect(ledger.isInvented(ledger.next())).toBe(false);
    expect(ledger.isInvented(2)).toBe(true);
  });
});
