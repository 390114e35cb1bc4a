import type { Figures } from '../../monitoring/api';
import { ratingOf } from '../../monitoring/rating';
import { notReady } from '../health';
import type { AdminHouse } from '../house';
import { type Json, jsonOf } from '../json';
import { Slices } from '../slices';

/** The node at a glance; also what /api/events says once a second. */
export async function overview(house: AdminHouse): Promise<{ [name: string]: Json }> {
  const { monitoring, reports, settings, world, version, engine } = house;
  const slices = new Slices(world);
  const minute = monitoring.window('1m');
  await slices.turn();
  const summary = reports.stats('summary');
  await slices.turn();
  const memory = reports.stats('memory');
  const { clock } = world;
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
