import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';

/** One file of the page, as it is answered. */
export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

const TYPES = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
]);

/** Of packages: what is served under which name. */
const FROM_PACKAGES = new Map([
  ['/uplot.js', 'uplot/dist/uPlot.esm.js'],
  ['/uplot.css', 'uplot/dist/uPlot.min.css'],
]);

/** All that is served besides /api: read once, by its path, so that no path of a request ever reaches the file system. */
export function readAssets(folder = builtFolder()): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const path of existsSync(folder) ? filesUnder(folder) : []) {
    add(assets, `/${relative(folder, path).split(sep).join('/')}`, path);
  }
  for (const [name, file] of FROM_PACKAGES) add(assets, name, require.resolve(file));
  const page = assets.get('/index.html');
  if (page !== undefined) assets.set('/', page);
  return assets;
}

function add(assets: Map<string, Asset>, name: string, path: string): void {
  const type = TYPES.get(extname(path));
  if (type !== undefined) assets.set(name, { type, body: readFileSync(path) });
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : [path];
  });
}

/** Where `npm run build` puts the page. */
function builtFolder(): string {
  let root = __dirname;
  while (!existsSync(join(root, 'package.json'))) root = dirname(root);
  return join(root, 'dist', 'browser', 'src', 'admin', 'dashboard');
}
