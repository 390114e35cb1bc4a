import { HotKeys } from './hot-keys';
import { HourProfile, Hours } from './hours';
import { Transitions } from './transitions';
import { Users } from './users';

/** Templates of which something is remembered. */
const TEMPLATES_MAX = 1_000;
/** Of a template's other placeholders, the values most used by all users. */
const POPULAR_MAX = 16;
const BYTES_PER_USER = 2_048;

export interface LearnedLimits {
  /** Of all hours together as many again. */
  readonly keysMax: number;
  readonly usersMax: number;
  readonly halfLifeMs: number;
}

/** What a source has been seen to answer: warming is given a share of it. */
export interface SourceCapacity {
  readonly name: string;
  readonly perSecond: number;
  readonly usualMs: number;
}

/** What is known of the keys of one template together. */
export interface TemplateDemand {
  readonly profile: HourProfile;
  /** Of templates that name a user: what its other placeholders stood for, whoever asked. */
  readonly popular: HotKeys;
}

/** Where a name is a key of a database: one character of database number, then the key, latin1. */
export function nameOfKey(db: number, key: string): string {
  return String.fromCharCode(db) + key;
}

/** Everything learned that outlives a restart, in bounded memory. Times are wall ms. */
export class Learned {
  /** What is asked for these days: decays with the half-life of the settings. */
  readonly recent: HotKeys;
  readonly hours: Hours;
  readonly users: Users;
  readonly transitions = new Transitions();
  /** As they were when they were last saved. */
  capacities: readonly SourceCapacity[] = [];
  readonly templates = new Map<string, TemplateDemand>();

  constructor(readonly limits: LearnedLimits) {
    this.recent = new HotKeys(limits.keysMax, limits.halfLifeMs);
    this.hours = new Hours(Math.ceil(limits.keysMax / 24));
    this.users = new Users(limits.usersMax);
  }

  /** By the template's pattern; undefined: there are too many. */
  templateOf(match: string): TemplateDemand | undefined {
    const known = this.templates.get(match);
    if (known !== undefined || this.templates.size >= TEMPLATES_MAX) return known;
    const made = { profile: new HourProfile(), popular: new HotKeys(POPULAR_MAX, 24 * 3_600_000) };
    this.templates.set(match, made);
    return made;
  }

  clear(): void {
    this.recent.clear();
    this.hours.clear();
    this.users.clear();
    this.transitions.clear();
    this.templates.clear();
    this.capacities = [];
  }

  /** Nearly: of users a mean. */
  get sizeBytes(): number {
    return this.recent.sizeBytes + this.hours.sizeBytes + this.users.size * BYTES_PER_USER;
  }
}
