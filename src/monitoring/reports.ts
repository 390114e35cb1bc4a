import type { WindowName } from './api';
import type { Fields } from './fields';
import { INFO_DEFAULT, INFO_SECTIONS } from './info/sections';
import type { Sources } from './sources';
import { STATS_SECTIONS } from './stats/sections';

const GROUPS = new Map<string, readonly string[]>([
  ['default', INFO_DEFAULT],
  ['all', [...INFO_SECTIONS.keys()]],
  ['everything', [...INFO_SECTIONS.keys()]],
]);

/** Sections of reports by name, made when asked for. */
export class Reports {
  constructor(private readonly sources: Sources) {}

  /** INFO: titles and fields in INFO's own order; names in any case, unknown ones are ignored. None: the default ones. */
  info(names: readonly string[]): [title: string, fields: Fields][] {
    const asked = names.length === 0 ? ['default'] : names.map((name) => name.toLowerCase());
    const wanted = new Set(asked.flatMap((name) => GROUPS.get(name) ?? [name]));
    return [...INFO_SECTIONS]
      .filter(([name]) => wanted.has(name))
      .map(([, { title, section }]) => [title, section(this.sources)]);
  }

  get statsSections(): readonly string[] {
    return [...STATS_SECTIONS.keys()];
  }

  /** STATS: one section, over a window where it counts; undefined if there is none of this name. */
  stats(name: string, window?: WindowName): Fields | undefined {
    return STATS_SECTIONS.get(name)?.(this.sources, window);
  }

  /** Counters begin anew; what is there (entries, bytes, clients) stays. */
  reset(): void {
    const { engine, traffic, commands, errors, sampler, warming, learning, monitoring } = this.sources;
    monitoring.reset(() => {
      engine.core.counters.reset();
      engine.core.rules.reset();
      traffic.reset();
      commands.reset();
      errors.reset();
      sampler.reset();
      warming.reset();
      learning.reset();
    });
  }
}
