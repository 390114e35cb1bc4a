import { WINDOWS, type WindowName } from '../../monitoring/api';
import { ratingOf } from '../../monitoring/rating';
import type { Asked } from '../asked';
import type { AdminHouse } from '../house';
import { type Json, jsonOf } from '../json';
import { get } from '../route';
import { Slices } from '../slices';
import { figuresOf, overview } from './overview';

const SINCE_START = 'start';

/** `window=`: one of the windows, or everything since the start (or STATS RESET). */
function figuresIn({ monitoring }: AdminHouse, asked: Asked) {
  const name = asked.oneOf('window', [...WINDOWS, SINCE_START], '1h');
  return { name, figures: name === SINCE_START ? monitoring.totals() : monitoring.window(name as WindowName) };
}

async function windows({ monitoring, world }: AdminHouse): Promise<Json> {
  const slices = new Slices(world);
  const all: Record<string, Json> = {};
  for (const name of WINDOWS) {
    all[name] = figuresOf(monitoring.window(name));
    await slices.turn();
  }
  return all;
}

function layers(house: AdminHouse, asked: Asked): Json {
  const { name, figures } = figuresIn(house, asked);
  return jsonOf({
    window: name,
    seconds: figures.seconds,
    layers: figures.layers.map((layer) => ({ ...layer, rating: ratingOf(layer.hits, layer.gets) })),
  });
}

function templates(house: AdminHouse, asked: Asked): Json {
  const { name, figures } = figuresIn(house, asked);
  return jsonOf({
    window: name,
    seconds: figures.seconds,
    sampledOneOf: house.monitoring.sampledOneOf,
    templates: figures.templates.map((each) => ({ ...each, rating: ratingOf(each.hits, each.gets) })),
  });
}

function misses(house: AdminHouse, asked: Asked): Json {
  const { name, figures } = figuresIn(house, asked);
  return jsonOf({
    window: name,
    seconds: figures.seconds,
    total: figures.missesTotal,
    byReason: figures.misses,
    byTemplate: figures.templates
      .filter(({ missesTotal }) => missesTotal > 0)
      .map(({ template, missesTotal, misses }) => ({ template, total: missesTotal, byReason: misses })),
  });
}

function evictions(house: AdminHouse, asked: Asked): Json {
  const { name, figures } = figuresIn(house, asked);
  const { monitoring, reports } = house;
  return jsonOf({
    window: name,
    seconds: figures.seconds,
    evicted: figures.evicted,
    askedAgain: figures.evictedAskedAgain,
    expired: figures.expired,
    sinceStart: monitoring.evictions(),
    stats: reports.stats('evictions'),
    byTemplate: figures.templates
      .filter(({ evicted }) => evicted > 0)
      .map(({ template, evicted, evictedAskedAgain }) => ({ template, evicted, askedAgain: evictedAskedAgain })),
  });
}

export const FIGURES = [
  get('/api/overview', 'the node at a glance; the same once a second in /api/events', overview),
  get('/api/windows', 'all figures over 1m, 5m, 1h and 24h, without templates', windows),
  get('/api/layers', 'memory, disk and origin: hits, rating, bytes, latency', layers, ['window']),
  get('/api/templates', 'figures by template, the busiest first', templates, ['window']),
  get('/api/misses', 'misses by reason and by template', misses, ['window']),
  get(
    '/api/evictions',
    'what was evicted, how old and how used it was, and how much of it was asked for again',
    evictions,
    ['window'],
  ),
];
