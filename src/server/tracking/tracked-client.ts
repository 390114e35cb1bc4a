import type { Bytes } from '../../base/bytes';
import type { Tracking, TrackingOptions } from '../../commands/server/client/tracking-state';
import type { Follower } from '../../engine/followers';
import type { Session } from '../session';
import type { TrackingClients } from './tracking-clients';

/** One client that tracks, from CLIENT TRACKING ON to its end. */
export class TrackedClient implements Tracking, Follower {
  caching = false;
  isRedirectBroken = false;
  private options: TrackingOptions;

  constructor(
    /** Null once it is over: tables may name it a while longer. */
    public session: Session | null,
    options: TrackingOptions,
    private readonly owner: TrackingClients,
  ) {
    this.options = options;
  }

  /** Said again: modes as before, prefixes added. */
  change(options: TrackingOptions): void {
    this.options = { ...options, prefixes: [...new Set([...this.prefixes, ...options.prefixes])] };
    this.isRedirectBroken = false;
  }

  get redirect(): number {
    return this.options.redirect;
  }
  get bcast(): boolean {
    return this.options.bcast;
  }
  get optin(): boolean {
    return this.options.optin;
  }
  get optout(): boolean {
    return this.options.optout;
  }
  get noloop(): boolean {
    return this.options.noloop;
  }
  get prefixes(): readonly string[] {
    return this.options.prefixes;
  }

  get isShown(): boolean {
    if (this.bcast) return true;
    return this.optin ? this.caching : !(this.optout && this.caching);
  }

  shown(db: number, key: Bytes): void {
    if (!this.bcast) this.owner.remember(db, key, this);
  }

  shownLate(db: number, key: Bytes, epoch: number): void {
    this.owner.rememberLate(db, key, epoch, this);
  }

  noticed(_db: number, key: string): void {
    this.owner.changed(this, key);
  }
}
