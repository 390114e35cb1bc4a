/**
 * An entry is a record of 14 words in a Slab (56 bytes: one or two cache lines) and a block that holds its key and value.
 * A record whose REF is 0 is free.
 *
 *     0 HASH     of database and key                     6 VLEN     value bytes, also while the value is dropped
 *     1 CHAIN    next entry of the index's bucket        7 TIMER    item of the timer wheel, 0 none
 *     2 PREV     } the eviction policy's, or the         8 EXPIRES  float64, clock ms, Infinity never (words 8 and 9)
 *     3 NEXT     } list of stubs'                       10 TIE      the engine's word, 0 none
 *     4 REF      where the block is                     11 HEAT     second of last use mod 2^20, 12 bits of hits
 *     5 META     key length, database, type, flags          12 EPOCH    float64, when the making of the value began
 */
export const ENTRY_WORDS = 14;
export const HASH = 0;
export const CHAIN = 1;
export const PREV = 2;
export const NEXT = 3;
export const REF = 4;
export const META = 5;
export const VLEN = 6;
export const TIMER = 7;
export const EXPIRES = 8;
export const TIE = 10;
export const HEAT = 11;
export const EPOCH = 12;

export const KEY_BYTES_MAX = 1 << 16;
export const VALUE_BYTES_MAX = 64 << 20;
export const DATABASES = 32;
const TYPES = 8;

/** META: 17 bits of key length, 5 of database, 3 of type, 7 flags. */
export const KEY_LENGTH_MASK = (1 << 17) - 1;
export const DB_SHIFT = 17;
export const DB_MASK = DATABASES - 1;
/** Key length and database at once: what a lookup compares. */
export const IDENTITY_MASK = (1 << 22) - 1;
export const TYPE_SHIFT = 22;
export const TYPE_MASK = TYPES - 1;
export const TYPE_FIELD = TYPE_MASK << TYPE_SHIFT;

/** Flags of the layer itself. The value is in memory; without it the entry is a stub. */
export const RESIDENT = 1 << 25;
/** The block is a Buffer of its own, not in the arena. */
export const LARGE = 1 << 28;
/** Which of two policies has the entry, while one takes over from another. */
export const PARITY = 1 << 30;

/** Flags kept for the engine. */
export const ON_DISK = 1 << 26;
export const DIRTY = 1 << 27;
/** Has sources bound to its value. */
export const BOUND = 1 << 29;
/** For whatever the engine wants to remember of an entry. */
export const MARK = 1 << 31;

/** HEAT. */
export const HITS_BITS = 12;
export const HITS_MAX = (1 << HITS_BITS) - 1;
export const IDLE_SECONDS_MASK = (1 << 20) - 1;
