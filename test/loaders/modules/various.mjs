// One file for many tests: the id of the key says what to do.
export async function load({ key, params, signal }) {
  switch (params.id) {
    case 'text':
      return 'Grüße';
    case 'bytes':
      return new Uint8Array([0, 255]);
    case 'object':
      return { id: 7, list: [1, null] };
    case 'number':
      return 0;
    case 'asked':
      return { key, names: Object.keys(params), hasSignal: signal instanceof AbortSignal };
    case 'env':
      return { env: { ...process.env } };
    case 'print':
      for (let i = 0; i < 1000; i++) console.log(`line ${i} ${'x'.repeat(1000)}`);
      console.error('the end');
      return 'printed';
    case 'nothing':
      return undefined;
    case 'function':
      return () => 1;
    case 'symbol':
      return Symbol('s');
    case 'bigint':
      return 7n;
    case 'circle': {
      const circle = {};
      circle.circle = circle;
      return circle;
    }
    case 'reject':
      return Promise.reject(new Error('no'));
    case 'string thrown':
      throw 'no';
    case 'undefined thrown':
      throw undefined;
    case 'throw later':
      setImmediate(() => {
        throw new Error('later');
      });
      return new Promise(() => {});
    case 'heap':
      for (const all = []; ; ) all.push(new Array(10_000).fill({ a: all.length }));
    case 'regex':
      return String(/^(a+)+$/.test(`${'a'.repeat(50)}b`));
    case 'huge string':
      return 'x'.repeat(400_000_000);
    case 'memory':
      return String((globalThis.count = (globalThis.count ?? 0) + 1));
    default:
      return { value: `score of ${params.id}`, ttl: 1.5, tags: ['a', 'é'], sources: ['org:1'], cost: 20 };
  }
}

export async function loadMany(items) {
  if (items.some(({ params }) => params.id === 'short')) return [];
  if (items.some(({ params }) => params.id === 'map')) return new Map();
  return Promise.all(items.map((item) => load(item).catch((error) => error)));
}
