import type { Section } from '../sources';
import { alertsStats } from './alerts';
import { depsStats } from './deps';
import { diskStats } from './disk';
import { evictionsStats } from './evictions';
import { fenceStats } from './fence';
import { latencyStats } from './latency';
import { layersStats } from './layers';
import { leasesStats } from './leases';
import { memoryStats } from './memory';
import { missesStats } from './misses';
import { mrcStats } from './mrc';
import { originStats } from './origin';
import { rulesStats } from './rules';
import { summaryStats } from './summary';
import { tagsStats } from './tags';
import { templatesStats } from './templates';
import { trendStats } from './trend';
import { warmStats } from './warm';

/** In the order of STATS without a name. */
export const STATS_SECTIONS: ReadonlyMap<string, Section> = new Map([
  ['summary', summaryStats],
  ['layers', layersStats],
  ['misses', missesStats],
  ['templates', templatesStats],
  ['latency', latencyStats],
  ['tags', tagsStats],
  ['rules', rulesStats],
  ['deps', depsStats],
  ['leases', leasesStats],
  ['fence', fenceStats],
  ['memory', memoryStats],
  ['origin', originStats],
  ['warm', warmStats],
  ['disk', diskStats],
  ['evictions', evictionsStats],
  ['trend', trendStats],
  ['mrc', mrcStats],
  ['alerts', alertsStats],
]);
