import { toldBy } from './by-behaviour';
import { type Behaviour, loaderContract, SIZE_BYTES_MAX } from './contract';
import { loadersOf } from './from-config';

const channel = new BroadcastChannel('larder-test-module');
const asked: ((kind: string) => void)[] = [];
channel.onmessage = ({ data }: { data: unknown }) => {
  for (const wake of asked.splice(0)) wake(String(data));
};
afterAll(() => channel.close());

/** A file with one key template whose values a module makes. */
function moduleLoad(module: string, more: object = {}, match = 'user:{id}'): string {
  return JSON.stringify({ keys: [{ match, load: { module, ...more } }] });
}

loaderContract('the module loader', async (scheduler) => {
  let behaviour: Behaviour = { kind: 'absent' };
  const loaders = loadersOf(moduleLoad('modules/told.js'), { scheduler, sizeBytesMax: () => SIZE_BYTES_MAX }, __dirname);
  return {
    loader: toldBy(loaders.forTemplate(0)!, () => behaviour),
    behave: (next) => {
      behaviour = next;
    },
    nextRequest: () => new Promise((wake) => asked.push(wake)),
    quiet: async () => {},
    close: () => loaders.close(),
  };
});
