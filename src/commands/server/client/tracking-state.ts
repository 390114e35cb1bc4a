import type { Bytes } from '../../../base/bytes';
import type { Client } from '../../context';

/** What CLIENT TRACKING ON says. */
export interface TrackingOptions {
  /** The client that is told instead; 0: this one. */
  readonly redirect: number;
  /** All keys with one of the prefixes, read or not. */
  readonly bcast: boolean;
  readonly optin: boolean;
  readonly optout: boolean;
  /** What the client changes itself, it knows. */
  readonly noloop: boolean;
  /** Latin1; with `bcast`, at least one ('' for all keys). */
  readonly prefixes: readonly string[];
}

/** Of one client. */
export interface Tracking extends TrackingOptions {
  /** CLIENT CACHING was said of the next command. */
  caching: boolean;
  /** The client that should be told is gone. */
  readonly isRedirectBroken: boolean;
  /** Whether what the next command reads is remembered. */
  readonly isShown: boolean;
  /** A command has read this key just now. */
  shown(db: number, key: Bytes): void;
  /** The same of one that began at `epoch` and had to wait: what it read may have been overtaken. */
  shownLate(db: number, key: Bytes, epoch: number): void;
}

/** Who tracks what. The server implements it. */
export interface TrackingTable {
  /** On, or on with other options; prefixes are added to those before. */
  start(client: Client, options: TrackingOptions): void;
  stop(client: Client): void;
}
