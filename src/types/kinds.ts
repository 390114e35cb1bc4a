import type { Bytes } from '../base/bytes';
import type { Collection } from './collection';
import { Hash, TYPE_HASH } from './hash';
import type { TypeLimits } from './limits';
import { List, TYPE_LIST } from './list';
import { MemberSet, TYPE_SET } from './set';
import { SortedSet, TYPE_ZSET } from './sorted-set';

/** Redis's names of the types of collections. */
export interface Kinds {
  hash: Hash;
  set: MemberSet;
  zset: SortedSet;
  list: List;
}
export type Kind = keyof Kinds;

interface Making<K extends Kind> {
  /** The number that entries carry. */
  readonly type: number;
  readonly alone: readonly [K];
  make(limits: TypeLimits, packed?: Bytes): Kinds[K];
}

export const KINDS: { readonly [K in Kind]: Making<K> } = {
  hash: { type: TYPE_HASH, alone: ['hash'], make: (limits, packed) => new Hash(limits, packed) },
  set: { type: TYPE_SET, alone: ['set'], make: (limits, packed) => new MemberSet(limits, packed) },
  zset: { type: TYPE_ZSET, alone: ['zset'], make: (limits, packed) => new SortedSet(limits, packed) },
  list: { type: TYPE_LIST, alone: ['list'], make: (limits, packed) => new List(limits, packed) },
};

const BY_TYPE: (Kind | undefined)[] = [];
for (const kind of Object.keys(KINDS) as Kind[]) BY_TYPE[KINDS[kind].type] = kind;

/** Undefined of a string's type. */
export function kindOf(type: number): Kind | undefined {
  return BY_TYPE[type];
}

/** Packed bytes as a collection of their type. */
export function openerOf(type: number): (limits: TypeLimits, packed: Bytes) => Collection {
  return OPENERS[type]!;
}

const OPENERS: ((limits: TypeLimits, packed: Bytes) => Collection)[] = [];
for (const { type, make } of Object.values(KINDS)) OPENERS[type] = make;
