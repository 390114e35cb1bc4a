import { SETTINGS } from '../../config';
import { describeTask } from '../../warming/describe';
import type { Asked } from '../asked';
import type { AdminHouse } from '../house';
import { type Json, jsonOf } from '../json';
import { ROWS_MAX } from '../limits';
import { Refusal } from '../refusal';
import { get } from '../route';
import { Slices } from '../slices';
import { escapeName, readable } from '../text';

const HIDDEN = '(hidden)';

function origins({ engine, reports, monitoring }: AdminHouse): Json {
  return {
    sources: jsonOf(engine.quiet.sourceStates()),
    stats: jsonOf(reports.stats('origin')),
    loadLatencies: jsonOf(monitoring.totals().loadLatencies),
  };
}

function warming({ warming, reports, world }: AdminHouse): Json {
  return {
    isPaused: warming.tasks.isPaused,
    tasks: warming.tasks.list().map((task) => jsonOf(describeTask(task, world.clock))),
    stats: jsonOf(reports.stats('warm')),
  };
}

function clients(house: AdminHouse, asked: Asked): Json {
  const max = asked.integer('max', 200, 1, ROWS_MAX);
  const { now } = house.world.clock;
  const seconds = (ms: number) => Math.max(0, Math.floor((now - ms) / 1000));
  const rows: Json[] = [];
  let total = 0;
  for (const client of house.clients()) {
    if (++total > max) continue;
    rows.push({
      id: client.id,
      address: client.address,
      name: escapeName(client.name),
      library: escapeName(`${client.libName} ${client.libVersion}`.trim()),
      db: client.db,
      ageSeconds: seconds(client.createdAtMs),
      idleSeconds: seconds(client.lastActiveAtMs),
      lastCommand: readable(client.lastCommand),
      commands: client.commands,
      bytesIn: client.bytesIn,
      bytesOut: client.bytesOut,
      isWaiting: client.isWaiting,
    });
  }
  return { total, clients: rows };
}

/** Passwords and tokens only as whether there is one. */
function config({ settings }: AdminHouse): Json {
  const secrets = new Set(SETTINGS.filter(({ kind }) => kind.isSecret === true).map(({ name }) => name));
  return {
    settings: settings.entries().map(([name, value]) => ({
      name,
      value: secrets.has(name) && value !== '' ? HIDDEN : readable(value),
      isChangeable: SETTINGS.find((row) => row.name === name)?.changeable === true,
    })),
  };
}

async function stats({ reports, world }: AdminHouse, asked: Asked): Promise<Json> {
  const name = asked.text('section');
  if (name === undefined) {
    const slices = new Slices(world);
    const all: Record<string, Json> = {};
    for (const each of reports.statsSections) {
      all[each] = jsonOf(reports.stats(each) ?? null);
      await slices.turn();
    }
    return all;
  }
  const section = reports.stats(name);
  if (section === undefined) throw new Refusal(404, 'there is no section of STATS of this name');
  return jsonOf(section);
}

export const NODE = [
  get('/api/origins', 'sources with their breakers and speeds, loads and what they saved', origins),
  get('/api/warming', 'warming tasks with their progress, the line and its budget', warming),
  get('/api/clients', 'connections', clients, ['max']),
  get('/api/config', 'settings; passwords and tokens hidden', config),
  get('/api/stats', 'STATS, all of it or one section', stats, ['section']),
];
