import type { ServerResponse } from 'node:http';
import { type Behaviour, loaderContract, SIZE_BYTES_MAX } from './contract';
import { loadersOf, oneLoad } from './from-config';
import { httpOrigin, type Origin } from './origin';

let origin: Origin;
let behaviour: Behaviour;
let stalled: () => void = () => {};

beforeAll(async () => {
  origin = await httpOrigin((_, response) => act(response, behaviour));
});
afterAll(() => origin.close());

function act(response: ServerResponse, what: Behaviour): void {
  if (what.kind === 'value') response.end(what.value);
  if (what.kind === 'absent') response.writeHead(404).end('no such user');
  if (what.kind === 'error') response.writeHead(500).end('oops\r\n-ERR injected');
  if (what.kind === 'stall') response.write('a beginning', () => stalled());
  if (what.kind === 'vanish') response.socket!.destroy();
  if (what.kind === 'endless') sendForEver(response);
}

/** In chunks, without a length, for as long as anybody listens. */
function sendForEver(response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(10_000)));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

loaderContract('the HTTP loader', async (scheduler) => {
  const loaders = loadersOf(oneLoad({ http: origin.url }, { path: '/users/{id}' }), {
    scheduler,
    sizeBytesMax: () => SIZE_BYTES_MAX,
  });
  return {
    loader: loaders.forTemplate(0)!,
    behave: (next) => {
      behaviour = next;
    },
    nextRequest: () =>
      behaviour.kind === 'stall' ? new Promise<void>((wake) => (stalled = wake)) : origin.nextRequest(),
    quiet: () => origin.quiet(),
    close: () => loaders.close(),
  };
});
