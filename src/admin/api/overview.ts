import type { Figures, Percentiles } from '../../monitoring/api';
import { ratingOf } from '../../monitoring/rating';
import { notReady } from '../health';
import type { AdminHouse } from '../house';
import { type Json, jsonOf } from '../json';

/** The node at a glance; also what /api/events says once a second. */
export function overview(house: AdminHouse): { [name: string]: Json } {
  const { monitoring, reports, settings, world, version, engine } = house;
  const minute = monitoring.window('1m');
  const { clock } = world;
  const memory = reports.stats('memory');
  const summary = reports.stats('summary');
  const problems = notReady(house);
  return {
    name: settings.config.name,
    version,
    atMs: clock.now + clock.wallOffsetMs,
    ready: problems.length === 0,
    problems,
    isMeasured: monitoring.isOn,
    uptimeSeconds: jsonOf(summary?.get('uptime_seconds')),
    clients: jsonOf(summary?.get('clients')),
    commandsPerSecond: jsonOf(summary?.get('commands_per_second')),
    minute: figuresOf(minute),
    memory: jsonOf(memory ?? null),
    diskState: engine.core.disk?.stats().state ?? 'off',
    warmingIsPaused: house.warming.tasks.isPaused,
  };
}

/** Figures of some time without their templates. */
export function figuresOf(figures: Figures): Json {
  const { templates: _, ...rest } = figures;
  return jsonOf({ ...rest, rating: ratingOf(figures.hits, figures.gets) });
}

export function percentilesOf(latency: Percentiles): Json {
  return jsonOf(latency);
}
