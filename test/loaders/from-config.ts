import { loadConfig } from '../../src/config';
import { createLoaders, type LoaderOptions, type Loaders } from '../../src/loaders';

/** The loaders of a configuration as an operator writes it. Files in it are relative to `folder`. */
export function loadersOf(yaml: string, options: LoaderOptions, folder = '/'): Loaders {
  const { sources, templates } = loadConfig({
    argv: ['larder.yaml'],
    env: {},
    cwd: folder,
    readFile: () => Buffer.from(yaml),
  });
  return createLoaders(sources, templates.list, options);
}

/** A file with one source named `api` and one key template, `user:{id}` if `match` says no other. */
export function oneLoad(source: object, load: object, match = 'user:{id}'): string {
  return JSON.stringify({ sources: { api: source }, keys: [{ match, load: { from: 'api', ...load } }] });
}
