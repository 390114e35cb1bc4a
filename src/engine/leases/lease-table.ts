/** The right to compute one key's value. */
export interface Lease {
  readonly token: string;
  /** Of physical database and key (`nameOf`). */
  readonly name: string;
  readonly physical: number;
  readonly client: number;
  /** When it began: what is invalidated later overtakes it. */
  readonly epoch: number;
  /** Clock ms. */
  readonly expiresAtMs: number;
  /** Of its key and its sources: a change of one of them voids it. */
  readonly hashes: readonly number[];
  /** Invalidated, they void it. */
  readonly tags: readonly string[];
}

const NONE: ReadonlySet<Lease> = new Set();

/** All leases, by everything that one is looked for by. At most one a name. */
export class LeaseTable {
  private readonly byName = new Map<string, Lease>();
  private readonly byToken = new Map<string, Lease>();
  private readonly byHash = new Map<number, Set<Lease>>();
  private readonly byTag = new Map<string, Set<Lease>>();
  private readonly byClient = new Map<number, Set<Lease>>();

  get size(): number {
    return this.byName.size;
  }

  add(lease: Lease): void {
    this.byName.set(lease.name, lease);
    this.byToken.set(lease.token, lease);
    for (const hash of lease.hashes) enlist(this.byHash, hash, lease);
    for (const tag of lease.tags) enlist(this.byTag, tag, lease);
    enlist(this.byClient, lease.client, lease);
  }

  delete(lease: Lease): void {
    this.byName.delete(lease.name);
    this.byToken.delete(lease.token);
    for (const hash of lease.hashes) strike(this.byHash, hash, lease);
    for (const tag of lease.tags) strike(this.byTag, tag, lease);
    strike(this.byClient, lease.client, lease);
  }

  withName(name: string): Lease | undefined {
    return this.byName.get(name);
  }

  withToken(token: string): Lease | undefined {
    return this.byToken.get(token);
  }

  withHash(hash: number): ReadonlySet<Lease> {
    return this.byHash.get(hash) ?? NONE;
  }

  withTag(tag: string): ReadonlySet<Lease> {
    return this.byTag.get(tag) ?? NONE;
  }

  ofClient(client: number): Lease[] {
    return [...(this.byClient.get(client) ?? NONE)];
  }

  [Symbol.iterator](): IterableIterator<Lease> {
    return this.byName.values();
  }
}

function enlist<K>(index: Map<K, Set<Lease>>, key: K, lease: Lease): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, new Set([lease]));
  else known.add(lease);
}

function strike<K>(index: Map<K, Set<Lease>>, key: K, lease: Lease): void {
  const known = index.get(key);
  if (known?.delete(lease) && known.size === 0) index.delete(key);
}
