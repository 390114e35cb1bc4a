import { bytesOf, latin1Of } from '../../base/bytes';
import type { Asked } from '../asked';
import type { AdminHouse } from '../house';
import { type Json, jsonOf } from '../json';
import { GRAPH_DEPTH_MAX, GRAPH_KEYS_MAX, ROWS_MAX, TAGS_MAX } from '../limits';
import { get } from '../route';
import { Slices } from '../slices';
import { escapeName, readable } from '../text';

/** Fields of WHY that are keys or tags. */
const NAMES: ReadonlySet<string> = new Set([
  'tags',
  'tag',
  'sources',
  'source',
  'path',
  'key',
  'via',
  'root',
  'through',
]);

/** Tags looked at before others may run. */
const SCAN_STEP = 256;
/** A list of tags is good for so long: it takes a look at every tag. */
const TAGS_GOOD_MS = 5_000;

function dbOf({ settings }: AdminHouse, asked: Asked): number {
  return asked.integer('db', 0, 0, settings.config.databases - 1);
}

/** WHY, with names escaped. */
async function why(house: AdminHouse, asked: Asked): Promise<Json> {
  const key = asked.bytes('key');
  const db = dbOf(house, asked);
  const explanation = await house.engine.why(db, bytesOf(key));
  const shown = (name: string, text: string) => (NAMES.has(name) ? escapeName(text) : readable(text));
  const fields = explanation.map(([name, value]) => ({
    name,
    value:
      typeof value === 'number'
        ? value
        : typeof value === 'string'
          ? shown(name, value)
          : value.map((each) => shown(name, each)),
  }));
  return { key: escapeName(key), db, fields };
}

interface TagRow {
  tag: string;
  live: number;
  hardEpoch: number;
}

/** The tags that most live entries carry. */
class TopTags {
  private rows: TagRow[] = [];
  private total = 0;
  private goodUntilMs = Number.NEGATIVE_INFINITY;
  private looking: Promise<void> | null = null;

  async of(house: AdminHouse): Promise<{ total: number; rows: readonly TagRow[] }> {
    if (house.world.clock.now >= this.goodUntilMs) {
      this.looking ??= this.look(house).finally(() => {
        this.looking = null;
      });
      await this.looking;
    }
    return { total: this.total, rows: this.rows };
  }

  private async look({ engine, world }: AdminHouse): Promise<void> {
    const { tags } = engine.core;
    const slices = new Slices(world);
    let top: TagRow[] = [];
    let total = 0;
    let least = 0;
    let cursor = 0;
    do {
      cursor = tags.scan(cursor, SCAN_STEP, (tag, live, hardEpoch) => {
        total++;
        if (live > least || top.length < TAGS_MAX) top.push({ tag, live, hardEpoch });
      });
      if (top.length > 2 * TAGS_MAX) {
        top = busiest(top);
        least = top.at(-1)!.live;
      }
      await slices.pause();
    } while (cursor !== 0);
    this.rows = busiest(top);
    this.total = total;
    this.goodUntilMs = world.clock.now + TAGS_GOOD_MS;
  }
}

function busiest(rows: TagRow[]): TagRow[] {
  return rows.sort((a, b) => b.live - a.live).slice(0, TAGS_MAX);
}

const topTags = new WeakMap<AdminHouse, TopTags>();

async function tags(house: AdminHouse, asked: Asked): Promise<Json> {
  const max = asked.integer('max', 50, 1, TAGS_MAX);
  const top = topTags.get(house) ?? new TopTags();
  topTags.set(house, top);
  const { total, rows } = await top.of(house);
  return {
    total,
    tags: rows
      .slice(0, max)
      .map(({ tag, live, hardEpoch }) => ({ tag: escapeName(tag), live, invalidatedAtEpoch: hardEpoch })),
    stats: jsonOf(house.reports.stats('tags')),
  };
}

async function tagKeys(house: AdminHouse, asked: Asked): Promise<Json> {
  const tag = asked.bytes('tag');
  const count = asked.integer('count', 100, 1, ROWS_MAX);
  const db = dbOf(house, asked);
  const [cursor, keys] = await house.engine.tagKeys(db, tag, asked.text('cursor') ?? '0', count);
  return {
    tag: escapeName(tag),
    db,
    live: house.engine.core.tags.live(tag),
    cursor,
    keys: keys.slice(0, ROWS_MAX).map((key) => escapeName(key.toString('latin1'))),
  };
}

interface Edge {
  from: string;
  to: string;
}

/** What a key is made from (up) and what is made from it (down), breadth first, to a depth and a number of keys. */
function deps(house: AdminHouse, asked: Asked): Json {
  const key = asked.bytes('key');
  const db = dbOf(house, asked);
  const depth = asked.integer('depth', 2, 1, GRAPH_DEPTH_MAX);
  const nodes: { [name: string]: string | number }[] = [{ key: escapeName(key), depth: 0, direction: 'root' }];
  const edges: { [name: string]: string }[] = [];
  const isCut = (['up', 'down'] as const).map((direction) => walk(house, { key, db, depth, direction, nodes, edges }));
  return { key: escapeName(key), db, depth, nodes, edges, isCut: isCut.includes(true) };
}

interface WalkAround {
  key: string;
  db: number;
  depth: number;
  direction: 'up' | 'down';
  nodes: { [name: string]: string | number }[];
  edges: { [name: string]: string }[];
}

/** Whether it had to be cut. Edges lead from what is made to what it is made from. */
function walk({ engine }: AdminHouse, { key, db, depth, direction, nodes, edges }: WalkAround): boolean {
  let left = GRAPH_KEYS_MAX;
  let isCut = false;
  engine.core.graph.walk(db, bytesOf(key), direction, depth, (_db, reached, at, via) => {
    isCut = left-- === 0;
    if (isCut) return false;
    const [here, there] = [escapeName(latin1Of(reached)), escapeName(latin1Of(via))];
    nodes.push({ key: here, depth: at, direction });
    const edge: Edge = direction === 'up' ? { from: there, to: here } : { from: here, to: there };
    edges.push({ ...edge });
    return true;
  });
  return isCut;
}

export const KEYS = [
  get('/api/why', 'why a key is there, or why it is gone', why, ['key', 'db']),
  get('/api/tags', 'the tags that most live entries carry', tags, ['max']),
  get('/api/tags/keys', 'keys that carry a tag', tagKeys, ['tag', 'db', 'cursor', 'count']),
  get('/api/deps', 'the dependency graph around a key', deps, ['key', 'db', 'depth']),
];
