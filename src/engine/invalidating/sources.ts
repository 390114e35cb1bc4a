import { type Bytes, bytesOf, copyOf, Span } from '../../base/bytes';
import type { Core } from '../core';

/** A key whose change strikes what depends on it. */
export interface Source {
  /** Physical. */
  db: number;
  key: Bytes;
  /** Which of the tags. */
  tag?: string | undefined;
}

export const NO_SOURCES: readonly Source[] = [];

/** Members of the tags on which something depends: found from the smaller side. */
export function carriersWithNode(core: Core, tags: readonly string[]): readonly Source[] {
  const { memory } = core;
  if (tags.length === 0) return NO_SOURCES;
  const span = new Span(Buffer.alloc(0));
  const sources: Source[] = [];
  const members = tags.reduce((sum, tag) => sum + core.tags.live(tag), 0);
  const add = (slot: number, db: number, key: Bytes) => {
    const member = core.memberOf(slot);
    const tag = member === 0 ? undefined : tags.find((each) => core.tags.has(member, each));
    if (tag !== undefined) sources.push({ db, key: bytesOf(copyOf(key)), tag });
  };
  if (members <= core.graph.nodeCount) {
    for (const tag of tags) {
      core.tags.members(tag, (slot) => {
        memory.keyView(slot, span);
        if (core.graph.hasNode(core.dbs.numberOf(memory.dbOf(slot)), span)) add(slot, memory.dbOf(slot), span);
      });
    }
  } else {
    core.graph.eachSource((number, key) => {
      const db = core.dbs.of(number);
      const slot = core.findServable(db, key);
      if (slot !== 0) add(slot, db, key);
    });
  }
  return sources;
}
