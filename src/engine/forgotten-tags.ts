import type { Core } from './core';

/** Names waiting to go off the disk's record; beyond it they stay there, which costs only room. */
const FORGOTTEN_TAGS_MAX = 1_000_000;
/** Tag records dropped at once. */
const FORGET_STEP = 500;

/** Tags whose epochs nobody can ask for any more: off the record in memory, and later on disk. */
export class ForgottenTags {
  /** Off the record here, not yet on disk. */
  private readonly names: string[] = [];

  constructor(private readonly core: Core) {
    core.tags.onForgotten = (name) => {
      if (core.disk !== null && this.names.length < FORGOTTEN_TAGS_MAX) this.names.push(name);
    };
  }

  /**
   * All dead members are gone, and the deletes of their rows are on their way: tags that went off the record may now go off
   * the disk's. While there are entries, a tag's epoch is kept (TAGADD may ask for it) up to idle-tags-max.
   */
  tell(): void {
    const { core, names } = this;
    const { tags, disk } = core;
    if (!core.complete) return;
    if (core.memory.records.used === 0 && !core.changes.isHeld) tags.forget(core.epochs.current, FORGET_STEP);
    const forgotten = names.splice(0).filter((name) => tags.hardEpoch(name) === 0 && tags.softEpoch(name) === 0);
    if (forgotten.length > 0) disk?.forgetTags(forgotten);
  }
}
