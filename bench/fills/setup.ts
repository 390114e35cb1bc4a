import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from '../bench';
import { willRemove } from '../processes';
import { Server } from '../servers';
import { Origin } from './origin';

/** A server that loads from an origin; both in processes of their own. */
export interface Setup {
  server: Server;
  origin: Origin;
}

/** `keys`: lines of the configuration's `keys`; the source is called `api`. */
export async function withOrigin<T>(
  { subject }: Bench,
  keys: readonly string[],
  settings: Record<string, string>,
  work: (setup: Setup) => Promise<T>,
): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'larder-bench-fills-'));
  willRemove(home);
  const origin = await Origin.start();
  let server: Server | undefined;
  try {
    const file = join(home, 'larder.yaml');
    const lines = keys.map((key) => `  - { ${key} }\n`).join('');
    writeFileSync(file, `sources:\n  api: { http: "${origin.url}" }\nkeys:\n${lines}`);
    server = await Server.start(subject, { disk: true, maxmemory: '1gb', file, settings });
    return await work({ server, origin });
  } finally {
    await server?.remove();
    origin.close();
    rmSync(home, { recursive: true, force: true });
  }
}
