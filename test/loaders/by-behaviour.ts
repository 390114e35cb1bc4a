import type { Loader } from '../../src/loaders';
import type { Behaviour } from './contract';

/** What a query or a module is told to do: the behaviour, in the place of the key's id. */
export interface Told {
  kind: Behaviour['kind'];
  /** Hexadecimal. */
  value: string;
}

/** The loader, with each key's id replaced by what its source is to do with it: sources in a contract test read it there. */
export function toldBy(loader: Loader, behaviour: () => Behaviour): Loader {
  return {
    source: loader.source,
    load: (request) => {
      const { kind, ...more } = behaviour();
      const value = 'value' in more ? more.value.toString('hex') : '';
      const told: Told = { kind, value };
      return loader.load({ ...request, params: new Map([['id', JSON.stringify(told)]]) });
    },
  };
}
