import { ACTIONS } from './api/actions';
import { FIGURES } from './api/figures';
import { HISTORY } from './api/history';
import { KEYS } from './api/keys';
import { LATER } from './api/later-routes';
import { NODE } from './api/node';
import type { Events } from './events';
import type { InvalidationFeed } from './feed';
import { HEALTH } from './health';
import { FEED_EVENTS_MAX } from './limits';
import type { Exposition } from './metrics/exposition';
import { get, type Route } from './route';

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What only some routes need, one of each a port. */
export interface RouteParts {
  readonly feed: Pick<InvalidationFeed, 'latest'>;
  readonly events: Pick<Events, 'add'>;
  readonly exposition: Pick<Exposition, 'text'>;
}

/** Every path but those of the page's files. Without parts: to be described only. */
export function routesOf(parts?: RouteParts): Route[] {
  return [
    ...HEALTH,
    { ...get('/metrics', 'the metrics below, for Prometheus', () => parts!.exposition.text()), type: METRICS_TYPE },
    ...FIGURES,
    ...HISTORY,
    ...KEYS,
    ...NODE,
    get(
      '/api/invalidations',
      'the latest invalidations with their causes, newest first',
      (_, asked) => ({ invalidations: parts!.feed.latest(asked.integer('max', 100, 1, FEED_EVENTS_MAX)) }),
      ['max'],
    ),
    ...LATER,
    {
      method: 'GET',
      path: '/api/events',
      about: 'server-sent events: `overview` once a second, `invalidation` as they come',
      stream: (response) => parts!.events.add(response),
    },
    ...ACTIONS,
  ];
}
