import { type buildConnector, type Dispatcher, Pool } from 'undici';
import type { HttpSourceDefinition } from '../definitions';
import { failure, type LoadFailure, type LoadResult } from '../loader';
import { readBody, tooLarge } from './body';
import { freshnessOf } from './freshness';
import { headerOf, retryAfterOf } from './headers';
import { type OriginWord, wordOf } from './origin-word';
import { guardedLookup, type LookupAll } from './private-addresses';
import { meaningOf } from './status';
import { conditionOf, validatorOf } from './validator';

const REDIRECTS_MAX = 3;
const CONNECTIONS_MAX_DEFAULT = 256;
/** A load answers by its own deadline; this lets go of sockets that never connect. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Bodies that nobody reads are drained up to this, to keep the connection. */
const DRAIN_BYTES_MAX = 16 * 1024;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface HttpSourceOptions {
  /** Longest body, decoded; asked anew for each load. */
  sizeBytesMax: () => number;
  /** Instead of the system's, for tests. */
  lookup?: LookupAll;
  /** Instead of undici's own, for tests. */
  connector?: buildConnector.connector;
}

export interface HttpRequest {
  /** With its prefix, encoded and safe. */
  path: string;
  /** Beside those of the source; names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** Ends sooner or later. */
  signal: AbortSignal;
  /** Of an earlier answer. */
  validator?: string;
}

/** A body, and what the origin says about it; or what stands instead of one. */
export type HttpAnswer =
  | { kind: 'body'; body: Buffer; word: OriginWord; validator: string | undefined; isStored: boolean }
  | Exclude<LoadResult, { kind: 'value' }>;

/** The path of a source's URL, to stand before every path; '' for none. */
export function prefixOf({ pathname }: URL): string {
  return pathname.replace(/\/$/, '');
}

/** One origin: a pool of connections to it, and what its answers mean. */
export class HttpSource {
  private readonly pool: Pool;
  private readonly base: URL;
  private readonly headers: Record<string, string>;

  constructor(
    private readonly definition: HttpSourceDefinition,
    private readonly options: HttpSourceOptions,
  ) {
    const { url, headers, connectionsMax, compressed, privateAddresses } = definition;
    this.base = new URL(url);
    const encodings = compressed ? 'gzip, br' : 'identity';
    this.headers = { 'user-agent': 'larder', ...lowerCased(headers), 'accept-encoding': encodings };
    this.pool = new Pool(this.base.origin, {
      connections: connectionsMax ?? CONNECTIONS_MAX_DEFAULT,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: options.connector ?? {
        timeout: CONNECT_TIMEOUT_MS,
        lookup: guardedLookup(privateAddresses, options.lookup),
      },
    });
  }

  /** The path of the URL, to stand before every path; '' for none. */
  get prefix(): string {
    return prefixOf(this.base);
  }

  /** Rejects with undici's errors. */
  async get({ path, headers, signal, validator }: HttpRequest): Promise<HttpAnswer> {
    const condition = validator === undefined ? undefined : conditionOf(validator);
    const all = { ...this.headers, ...headers, ...(condition && { [condition[0]]: condition[1] }) };
    let target = path;
    for (let hops = 0; ; hops++) {
      const response = await this.pool.request({ method: 'GET', path: target, headers: all, signal });
      // A body that is left before its end says so in an event; whoever reads it is told by the read itself.
      response.body.on('error', () => {});
      if (!REDIRECTS.has(response.statusCode)) return this.read(response, condition !== undefined);
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

  private async read(response: Dispatcher.ResponseData, isConditional: boolean): Promise<HttpAnswer> {
    const { statusCode, headers } = response;
    const word = wordOf(headers, this.definition.tagsHeader);
    const meaning = meaningOf(statusCode, this.definition.status);
    if (typeof word === 'string' && meaning === 'value') return refuse(response, `${word} cannot be understood`);
    const kept = this.keptFor(headers, typeof word === 'string' ? {} : word);
    if (statusCode === 304 && isConditional) {
      await drain(response);
      // It is right at this moment, however short it may be kept.
      return { kind: 'unchanged', ...(kept.ttlMs !== undefined && { ttlMs: Math.max(1, kept.ttlMs) }) };
    }
    if (meaning !== 'value') {
      await drain(response);
      if (meaning === 'absent') return { kind: 'absent', ...(kept.ttlMs !== undefined && { ttlMs: kept.ttlMs }) };
      return failed(response, meaning === 'retry');
    }
    const body = await this.bodyOf(response);
    if (!Buffer.isBuffer(body)) return body;
    const ttl = kept.ttlMs === undefined ? {} : { ttlMs: kept.ttlMs };
    const { ttlMs: _, ...rest } = word as OriginWord;
    return {
      kind: 'body',
      body,
      word: { ...rest, ...ttl },
      validator: validatorOf(headers),
      isStored: kept.ttlMs !== 0,
    };
  }

  /** 0: not at all. The origin's word to us goes before its word to all caches. */
  private keptFor(headers: Dispatcher.ResponseData['headers'], { ttlMs }: OriginWord): { ttlMs: number | undefined } {
    if (ttlMs !== undefined || !this.definition.cacheControl) return { ttlMs };
    const freshness = freshnessOf(headers);
    return { ttlMs: freshness.store ? freshness.ttlMs : 0 };
  }

  private async bodyOf(response: Dispatcher.ResponseData): Promise<Buffer | LoadFailure> {
    const { headers, body } = response;
    const sizeBytesMax = this.options.sizeBytesMax();
    if (Number(headers['content-length'] ?? 0) > sizeBytesMax) {
      body.destroy();
      return tooLarge(sizeBytesMax);
    }
    const encoding = (headerOf(headers, 'content-encoding') ?? 'identity').trim().toLowerCase();
    return readBody(body, { encoding, isCompressed: this.definition.compressed, sizeBytesMax });
  }
}

function failed({ statusCode, headers }: Dispatcher.ResponseData, retryable: boolean): LoadFailure {
  const retryAfterMs = statusCode === 429 || statusCode === 503 ? retryAfterOf(headers) : undefined;
  return { ...failure(`HTTP ${statusCode}`, retryable), ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

function refuse({ body }: Dispatcher.ResponseData, reason: string): LoadFailure {
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
