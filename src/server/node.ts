import { createHash, timingSafeEqual } from 'node:crypto';
import type { Log, Scheduler } from '../base/world';
import type { Node, Security } from '../commands/node';
import type { Settings } from '../config';

/** Redis's version that we answer for: clients choose commands by it (client-side caching asks for 7.4). */
export const REDIS_VERSION = '7.4.0';
/** Somebody's HTTP is logged once in this time. */
const HTTP_LOG_MS = 60_000;
const DEFAULT_USER = 'default';

/** One password for the default user. */
export class PasswordSecurity implements Security {
  constructor(private readonly settings: Settings) {}

  get passwordRequired(): boolean {
    return this.settings.config.requirepass !== '';
  }

  authenticate(user: string, password: string): boolean {
    const right = timingSafeEqual(digest(password), digest(this.settings.config.requirepass));
    return user === DEFAULT_USER && (right || !this.passwordRequired);
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'latin1').digest();
}

/** Counts what went wrong, by its first word and by command. */
export class ErrorCounts {
  readonly byPrefix = new Map<string, number>();
  readonly byCommand = new Map<string, number>();
  total = 0;
  broken = 0;

  add(command: string, line: string): void {
    this.total++;
    const space = line.indexOf(' ');
    bump(this.byPrefix, space < 0 ? line : line.slice(0, space));
    bump(this.byCommand, command);
  }

  reset(): void {
    this.byPrefix.clear();
    this.byCommand.clear();
    this.total = 0;
  }
}

function bump(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** The part of `Node` that needs nothing but settings, log and timers. */
export function plainNode(settings: Settings, log: Log, scheduler: Scheduler, errors: ErrorCounts): Node {
  const security = new PasswordSecurity(settings);
  let httpQuietUntil = 0;
  return {
    version: REDIS_VERSION,
    databases: settings.config.databases,
    get valueBytesMax() {
      return Math.min(settings.config.maxValueSize, settings.config.protoMaxBulkLen);
    },
    settings: { get: (name) => settings.entries().find(([each]) => each === name)?.[1] },
    security,
    sleep: (ms) => new Promise((done) => scheduler.after(ms, done)),
    broken(command, failure) {
      errors.broken++;
      log.error({ err: failure, command }, 'a command failed in a way that it should not');
    },
    errorReplied: (command, line) => errors.add(command, line),
    httpRefused(address) {
      const now = Date.now();
      if (now < httpQuietUntil) return;
      httpQuietUntil = now + HTTP_LOG_MS;
      log.warn({ address }, 'a client spoke HTTP on the Redis port and was cut off');
    },
  };
}
