import { ask } from '../client';
import { sleepMs } from '../statistics';

const LOOK_EVERY_MS = 100;

/** The section `tags` of STATS. Throws if a field is missing that is asked for. */
export class TagStats {
  private constructor(private readonly fields: ReadonlyMap<string, number>) {}

  static async of(port: number): Promise<TagStats> {
    const reply = await ask(port, 'STATS', 'tags');
    const flat = Array.isArray(reply) ? reply[1] : undefined;
    if (!Array.isArray(flat)) throw new Error('STATS tags has another form than expected');
    const fields = new Map<string, number>();
    for (let at = 0; at < flat.length; at += 2) fields.set(String(flat[at]), Number(flat[at + 1]));
    return new TagStats(fields);
  }

  get(name: string): number {
    const value = this.fields.get(name);
    if (value === undefined) throw new Error(`STATS tags has no field ${name}`);
    return value;
  }
}

/** Looks until `isOver`, or `limitMs` are over; the last look. */
export async function untilTags(
  port: number,
  limitMs: number,
  isOver: (stats: TagStats) => boolean,
): Promise<TagStats> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const stats = await TagStats.of(port);
    if (isOver(stats) || Date.now() > deadline) return stats;
    await sleepMs(LOOK_EVERY_MS);
  }
}

/** No entry carries a tag, dead ones included. */
export const noneCarried = (stats: TagStats) => stats.get('tagged_entries') === 0 && stats.get('pending_entries') === 0;
