import type { IncomingMessage, ServerResponse } from 'node:http';
import { BATCH_KEYS_MAX, type Behaviour, loaderContract, SIZE_BYTES_MAX } from './contract';
import { loadersOf } from './from-config';
import { httpOrigin, type Origin } from './origin';

let origin: Origin;
let behaviour: Behaviour;
let stalled: () => void = () => {};

beforeAll(async () => {
  origin = await httpOrigin((request, response) => act(request, response, behaviour));
});
afterAll(() => origin.close());

function act(request: IncomingMessage, response: ServerResponse, what: Behaviour): void {
  if (what.kind === 'value') response.end(what.value);
  if (what.kind === 'absent') response.writeHead(404).end('no such user');
  if (what.kind === 'error') response.writeHead(500).end('oops\r\n-ERR injected');
  if (what.kind === 'stall') response.write('a beginning', () => stalled());
  if (what.kind === 'vanish') response.socket!.destroy();
  if (what.kind === 'endless') sendForEver(response);
  if (what.kind === 'cut')
    response.setHeader('content-length', 100).write('half', () => response.socket!.destroySoon());
  if (what.kind === 'garbage') response.socket!.end('-ERR unknown command\r\n');
  if (what.kind === 'versioned') answerVersion(request, response, what);
  if (what.kind === 'values') response.end(JSON.stringify(Object.fromEntries(wanted(request, what.values))));
}

function answerVersion(
  request: IncomingMessage,
  response: ServerResponse,
  { value, version }: Behaviour & { kind: 'versioned' },
) {
  response.setHeader('etag', `"${version}"`);
  if (request.headers['if-none-match'] === `"${version}"`) response.writeHead(304).end();
  else response.end(value);
}

/** Of what is there, the part that was asked for. */
function wanted({ url }: IncomingMessage, values: ReadonlyMap<string, string | null>): [string, string | null][] {
  const ids = new URL(url!, 'http://origin').searchParams.get('ids')!.split(',');
  return [...values].filter(([id]) => ids.includes(id));
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
  const yaml = `
sources: { api: { http: "${origin.url}" } }
keys:
  - match: "user:{id}"
    load: { from: api, path: "/users/{id}" }
  - match: "many:{id}"
    load: { from: api, path: "/users?ids={id,}", batch: ${BATCH_KEYS_MAX} }`;
  const loaders = loadersOf(yaml, { scheduler, sizeBytesMax: () => SIZE_BYTES_MAX });
  return {
    loader: loaders.forTemplate(0)!,
    batch: loaders.forTemplate(1)!,
    calls: () => origin.paths.length,
    behave: (next) => {
      behaviour = next;
    },
    nextRequest: () =>
      behaviour.kind === 'stall' ? new Promise<void>((wake) => (stalled = wake)) : origin.nextRequest(),
    quiet: () => origin.quiet(),
    close: () => loaders.close(),
  };
});
