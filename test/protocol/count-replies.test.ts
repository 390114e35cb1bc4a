import fc from 'fast-check';
import { countReplies } from '../../protocol/count-replies';

const count = (text: string) => countReplies(Buffer.from(`xx${text}yy`, 'latin1'), 2, 2 + text.length);

const line = fc.string({ unit: fc.constantFrom('a', '-', '1', ' '), maxLength: 5 });
const { reply } = fc.letrec<{ reply: string }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.tuple(fc.constantFrom('+', '-', ':', ',', '#', '(', '_'), line).map(([type, text]) => `${type}${text}\r\n`),
    fc
      .tuple(
        fc.constantFrom('$', '=', '!'),
        fc.string({ maxLength: 9 }).filter((text) => /^[\0-\xff]*$/.test(text)),
      )
      .map(([type, text]) => `${type}${text.length}\r\n${text}\r\n`),
    fc.constantFrom('$-1\r\n', '*-1\r\n', '*0\r\n', '$0\r\n\r\n', '$4\r\n\r\n\r\n\r\n'),
    fc
      .tuple(fc.constantFrom('*', '~', '>'), fc.array(tie('reply'), { maxLength: 3 }))
      .map(([type, items]) => `${type}${items.length}\r\n${items.join('')}`),
    fc
      .array(fc.tuple(tie('reply'), tie('reply')), { maxLength: 2 })
      .map((pairs) => `%${pairs.length}\r\n${pairs.flat().join('')}`),
    tie('reply').map((inner) => `|1\r\n+name\r\n+value\r\n${inner}`),
  ),
}));

test('as many replies as were written', () => {
  fc.assert(fc.property(fc.array(reply, { maxLength: 6 }), (replies) => count(replies.join('')) === replies.length));
});

test('cut anywhere inside a reply: not whole', () => {
  fc.assert(
    fc.property(fc.array(reply, { minLength: 1, maxLength: 3 }), fc.nat(), (replies, at) => {
      const text = replies.join('');
      const ends = replies.map((_, i) => replies.slice(0, i + 1).join('').length);
      const cut = at % text.length;
      return count(text.slice(0, cut)) === (cut === 0 ? 0 : ends.indexOf(cut) + 1 || -1);
    }),
  );
});

test.each(['hello\r\n', '$x\r\n', '*\r\n', '$--1\r\n', '+a\rb\n'])('%j is no reply', (text) => {
  expect(count(text)).toBe(-1);
});
