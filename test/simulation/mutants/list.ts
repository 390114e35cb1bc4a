/** One line of source, and what a careless hand makes of it. The text must occur exactly once in the file. */
export interface Patch {
  /** From the repository's root. */
  file: string;
  find: string;
  put: string;
}

/** A bug as it could have been made, of the kind that serves an old value. */
export interface Mutant {
  name: string;
  /** What is wrong then. */
  says: string;
  patches: readonly Patch[];
}

const ENGINE = 'src/engine';
const DISK = 'src/layers/disk';

/** A bug in one line. */
function mutant(name: string, says: string, file: string, find: string, put: string): Mutant {
  return { name, says, patches: [{ file, find, put }] };
}

export const MUTANTS: readonly Mutant[] = [
  mutant(
    'no-fence-at-store',
    'a load is stored though it was overtaken',
    `${ENGINE}/filling/endings.ts`,
    'if (ownOvertaken || load.isOvertaken(core, load.tags, load.dependsOn)) {',
    'if (load === undefined) {',
  ),
  mutant(
    'kill-not-journaled',
    'the row of a replaced value is deleted after the acknowledgement',
    `${DISK}/disk-layer.ts`,
    '    records?.kill(id, version);\n',
    '',
  ),
  mutant(
    'late-reader-joins',
    'a reader joins a load that an invalidation has overtaken',
    `${ENGINE}/filling/loads.ts`,
    'return loading.isOvertaken(this.core, loading.tags, loading.dependsOn) ? undefined : loading;',
    'return loading;',
  ),
  mutant(
    'late-reader-of-surprise',
    'the same, where the tag is known only when the value is there',
    `${ENGINE}/filling/endings.ts`,
    'else if (!byItsOwn || waiter.epoch <= load.epoch)',
    'else if (waiter.epoch <= this.parts.core.epochs.current)',
  ),
  mutant(
    'tags-after-value',
    'a value gets its tags and sources a turn later',
    `${ENGINE}/writing.ts`,
    'if (options.keepTies !== true || old === 0) this.tie(slot, physical, key, options, family);',
    'if (options.keepTies !== true || old === 0) core.world.scheduler.soon(() => memory.find(physical, key) === slot && memory.tie(slot) === 0 && this.tie(slot, physical, key, options, family));',
  ),
  {
    name: 'promotion-race',
    says: 'a value read from disk is believed though its key changed meanwhile',
    patches: [
      {
        file: `${ENGINE}/promoting.ts`,
        find: 'if (read !== undefined) read.void = true;',
        put: '',
      },
      { file: `${DISK}/reads.ts`, find: 'row.version < read.floor || ', put: '' },
      {
        file: `${ENGINE}/promoting.ts`,
        find: 'if (slot !== 0 && core.isResident(slot)) return',
        put: 'if (false) return',
      },
    ],
  },
  mutant(
    'row-hides-kill',
    'a row is written with a version above that of later kills',
    `${ENGINE}/write-behind.ts`,
    'version: core.epochs.stamp(),',
    'version: core.epochs.stamp() + 30,',
  ),
  mutant(
    'epoch-not-persisted',
    'epochs begin again after a crash',
    `${DISK}/disk-layer.ts`,
    'if (next + epochBlock / 2 < connection.epochsReservedEnd) return;',
    'if (epochBlock > 0) return;',
  ),
  mutant(
    'tag-not-journaled',
    'the epoch of an invalidated tag is not durable when it is acknowledged',
    `${DISK}/disk-layer.ts`,
    'commits.records?.tag(name, hardEpoch);',
    '',
  ),
  mutant(
    'tag-dropped-on-overwrite',
    'an overwritten value does not get its new tags',
    `${ENGINE}/writing.ts`,
    'if (options.keepTies !== true || old === 0) this.tie(',
    'if (old === 0) this.tie(',
  ),
  mutant(
    'tag-lost-on-change',
    'INCR and its kin lose the tags that they should keep',
    `${ENGINE}/writing.ts`,
    '    if (options.keepTies === true) return;\n',
    '',
  ),
  mutant(
    'cascade-stops-at-missing',
    'what depends on a key that is not there is not reached',
    `${ENGINE}/cascading.ts`,
    'if (!isLate || !this.isNewer(db, key, epoch)) strike(db, key, via);',
    'const isThere = core.findServable(db, key) !== 0;\n      if (!isLate || !this.isNewer(db, key, epoch)) strike(db, key, via);\n      return isThere;',
  ),
  {
    name: 'flush-not-durable',
    says: 'a flush is acknowledged before it is durable',
    patches: [
      { file: `${DISK}/disk-layer.ts`, find: 'commits.records?.flush(db, epoch);', put: '' },
      { file: `${DISK}/disk-layer.ts`, find: 'connection.commits.records?.dbMap(map);', put: '' },
    ],
  },
  mutant(
    'idle-tag-forgotten',
    "a tag's epoch is forgotten while a load is under way that may carry it",
    `${ENGINE}/forgotten-tags.ts`,
    'if (core.memory.records.used === 0 && !core.changes.isHeld)',
    'if (core.memory.records.used === 0)',
  ),
  mutant(
    'edge-not-journaled',
    'a declared dependency is acknowledged before it is durable',
    `${DISK}/disk-layer.ts`,
    'commits.records?.edge(add, db, source, dependent);',
    '',
  ),
  mutant(
    'shorter-life-not-durable',
    'an entry that was told to expire earlier comes back with its old expiry',
    `${ENGINE}/writing.ts`,
    'if (expiresAt < memory.expiresAt(slot)) {',
    'if (expiresAt < 0) {',
  ),
  mutant(
    'left-while-loading-forgotten',
    'a key that was deleted while the directory is read comes back with its row',
    `${ENGINE}/core.ts`,
    '    this.recovery.left.add(nameOf(db, key));\n    this.disk.kill(db, key, this.epochs.next());\n',
    '',
  ),
  mutant(
    'soft-spares-without-end',
    'a soft invalidation does not shorten the life of what it spares',
    `${ENGINE}/graces.ts`,
    '    this.bringForward(slot, -tie, atMs + this.softenings.offset(slot, staggerMs));\n',
    '',
  ),
  mutant(
    'lease-not-voided-by-tag',
    'a value is stored under a lease though one of its tags was invalidated since',
    `${ENGINE}/leases.ts`,
    'if (!isOvertaken(this.core, physical, key, lease.epoch, tags, sources)) return lease;',
    'if (!isOvertaken(this.core, physical, key, lease.epoch, [], sources)) return lease;',
  ),
  mutant(
    'connection-fence-ignored',
    'what a connection stores is not held against what it missed',
    `${ENGINE}/writing.ts`,
    'const missedAt = client === undefined ? undefined : this.misses.take(client, db, key);',
    'const missedAt: number | undefined = undefined;',
  ),
  {
    name: 'rule-after-reply',
    says: 'what rules add is invalidated after the reply',
    patches: [
      {
        file: `${ENGINE}/invalidating/plan.ts`,
        find: '  for (const tag of expansion.hard.keys()) hard.add(tag);\n',
        put: '',
      },
      {
        file: `${ENGINE}/invalidating/acting.ts`,
        find: '    core.rules.fire(plan.expansion);\n',
        put: '    core.rules.fire(plan.expansion);\n    const late = [...plan.expansion.hard.keys()];\n    if (late.length > 0) core.world.scheduler.after(2, () => { const at = core.epochs.next(); core.tags.invalidate(late, at, 0); for (const tag of late) core.disk?.tag(tag, at); });\n',
      },
    ],
  },
  {
    name: 'journal-cleared-before-kills',
    says: 'the journal gives up deaths of rows that the file was not told of',
    patches: [
      {
        file: `${DISK}/kill-queue.ts`,
        find: 'if (batch === Number.POSITIVE_INFINITY && this.head >= mark) batch = this.batches.newest;',
        put: 'if (mark >= 0) batch = this.batches.done;',
      },
      {
        file: `${DISK}/commits.ts`,
        find: '    this.world.scheduler.soon(() => this.sendKills());\n',
        put: '',
      },
    ],
  },
];
