/**
 * What commands need of the server around them. Narrow on purpose; the sidecar puts the implementations together, and
 * further commands add their own interfaces here.
 */

/** Settings by their name in the configuration. */
export interface Settings {
  /** Current value as CONFIG GET shows it; undefined if there is no such setting. */
  get(name: string): string | undefined;
}

export interface Security {
  /** False: every client is the default user, and any password is right for it. */
  readonly passwordRequired: boolean;
  /** Latin1. In constant time. */
  authenticate(user: string, password: string): boolean;
}

export interface Node {
  /** The version of Redis that clients go by, as in INFO's redis_version. */
  readonly version: string;
  /** Databases are 0 to databases - 1. */
  readonly databases: number;
  /** Longest value and argument. */
  readonly valueBytesMax: number;
  readonly settings: Settings;
  readonly security: Security;
  /** DEBUG SLEEP: resolves after `ms`; only the connection that asked waits. */
  sleep(ms: number): Promise<void>;
  /** A command threw what is no Fault: logged with its stack, counted. */
  broken(command: string, failure: unknown): void;
  /** An error reply was written; `line` is without '-'. */
  errorReplied(command: string, line: string): void;
  /** Somebody spoke HTTP and was cut off: logged at most once a minute, counted. */
  httpRefused(address: string): void;
}
