import { type buildConnector, type Dispatcher, Pool } from 'undici';
import { BodyCollector } from './body-collector';
import { failure, type LoadResult } from './loader';

const REDIRECTS_MAX = 3;
const CONNECTIONS_MAX_DEFAULT = 64;
/** A load answers by its own deadline; this lets go of sockets that never connect. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Bodies that nobody reads are drained up to this, to keep the connection. */
const DRAIN_BYTES_MAX = 16 * 1024;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const ABSENT = new Set([404, 410]);

export interface HttpSourceOptions {
  /** http://host:port/prefix */
  url: string;
  headers?: Readonly<Record<string, string>> | undefined;
  /** Connections at once; further loads wait in line within their deadline. */
  connectionsMax?: number | undefined;
  /** Longest body; asked anew for each load. */
  sizeBytesMax: () => number;
  /** Instead of undici's own, for tests. */
  connector?: buildConnector.connector | undefined;
}

/** One origin: a pool of connections to it, and what its answers mean. */
export class HttpSource {
  private readonly pool: Pool;
  private readonly base: URL;
  private readonly headers: Record<string, string>;

  constructor(private readonly options: HttpSourceOptions) {
    this.base = new URL(options.url);
    this.headers = { 'user-agent': 'larder', ...lowerCased(options.headers ?? {}), 'accept-encoding': 'identity' };
    this.pool = new Pool(this.base.origin, {
      connections: options.connectionsMax ?? CONNECTIONS_MAX_DEFAULT,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: options.connector ?? { timeout: CONNECT_TIMEOUT_MS },
    });
  }

  /** The path of the URL, to stand before every path; '' for none. */
  get prefix(): string {
    return this.base.pathname.replace(/\/$/, '');
  }

  /** `path` with its prefix, encoded and safe. Rejects with undici's errors; give it a signal that ends. */
  async get(path: string, signal: AbortSignal): Promise<LoadResult> {
    let target = path;
    for (let hops = 0; ; hops++) {
      const response = await this.pool.request({ method: 'GET', path: target, headers: this.headers, signal });
      if (!REDIRECTS.has(response.statusCode)) return this.read(response);
      await drain(response);
      const next = this.follow(target, response.headers.location);
      if (next === undefined) return failure('redirect to another origin', false);
      if (hops === REDIRECTS_MAX) return failure(`more than ${REDIRECTS_MAX} redirects`, false);
      target = next;
    }
  }

  /** Ends all connections, loads under way included. */
  close(): Promise<void> {
    return this.pool.destroy();
  }

  private follow(from: string, location: string | string[] | undefined): string | undefined {
    if (typeof location !== 'string' || !URL.canParse(location, this.base.origin + from)) return undefined;
    const url = new URL(location, this.base.origin + from);
    return url.origin === this.base.origin ? url.pathname + url.search : undefined;
  }

  private async read(response: Dispatcher.ResponseData): Promise<LoadResult> {
    // A body that is left before its end says so in an event; whoever reads it is told by the read itself.
    response.body.on('error', () => {});
    const { statusCode, headers } = response;
    if (statusCode !== 200) {
      await drain(response);
      if (ABSENT.has(statusCode)) return { kind: 'absent' };
      return failure(`HTTP ${statusCode}`, statusCode >= 500 || statusCode === 429 || statusCode === 408);
    }
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') return refuse(response, 'response is compressed, though identity was asked for');
    const sizeBytesMax = this.options.sizeBytesMax();
    const tooLarge = `response larger than ${sizeBytesMax} bytes`;
    if (Number(headers['content-length'] ?? 0) > sizeBytesMax) return refuse(response, tooLarge);
    const collector = new BodyCollector(sizeBytesMax);
    // Leaving the loop early destroys the body and with it the connection.
    for await (const chunk of response.body) if (!collector.add(chunk as Buffer)) return failure(tooLarge, false);
    return { kind: 'value', value: collector.take() };
  }
}

function refuse({ body }: Dispatcher.ResponseData, reason: string): LoadResult {
  body.destroy();
  return failure(reason, false);
}

/** What a refused or absent answer carries is of no interest, broken or not. */
async function drain({ body }: Dispatcher.ResponseData): Promise<void> {
  await body.dump({ limit: DRAIN_BYTES_MAX }).catch(() => {});
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
