import type { FastifyInstance } from 'fastify';
import { listenFailure } from '../base/listen-failure';
import { ACTIONS } from './api/actions';
import { FIGURES } from './api/figures';
import { HISTORY } from './api/history';
import { KEYS } from './api/keys';
import { LATER } from './api/later-routes';
import { NODE } from './api/node';
import { readAssets } from './assets';
import { Events } from './events';
import { InvalidationFeed } from './feed';
import { Guards } from './guards';
import { HEALTH } from './health';
import type { AdminHouse } from './house';
import { createHttp } from './http';
import { ADMIN_LIMITS, type AdminLimits, FEED_EVENTS_MAX } from './limits';
import { Exposition } from './metrics/exposition';
import { get, type Route } from './route';
import { isLoopback } from './security/hosts';
import { newToken } from './security/token';
import { writeTokenFile } from './security/token-file';

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Every path but those of the page, for whoever documents them. */
export function routesOf(
  feed: InvalidationFeed,
  events: Pick<Events, 'add'>,
  exposition: Pick<Exposition, 'text'>,
): Route[] {
  return [
    ...HEALTH,
    { ...get('/metrics', 'for Prometheus', () => exposition.text()), type: METRICS_TYPE },
    ...FIGURES,
    ...HISTORY,
    ...KEYS,
    ...NODE,
    get(
      '/api/invalidations',
      'the latest invalidations with their causes, newest first',
      (_, asked) => ({ invalidations: feed.latest(asked.integer('max', 100, 1, FEED_EVENTS_MAX)) }),
      ['max'],
    ),
    ...LATER,
    {
      method: 'GET',
      path: '/api/events',
      about: 'server-sent events: `overview` once a second, `invalidation` as they come',
      stream: (response) => events.add(response),
    },
    ...ACTIONS,
  ];
}

/** The admin port of a node: listens before the disk is opened, so that the health of a long start can be asked for. */
export class Admin {
  readonly feed = new InvalidationFeed();
  readonly events: Events;
  readonly guards: Guards;
  private readonly http: FastifyInstance;
  private readonly token: string;
  /** Every path but those of the page's files. */
  readonly paths: readonly string[];

  /** `at`: where to listen; as the settings say otherwise (port 0 takes any free one). */
  constructor(
    private readonly house: AdminHouse,
    limits: AdminLimits = ADMIN_LIMITS,
    private readonly at = { host: house.settings.config.adminBind, port: house.settings.config.adminPort },
  ) {
    const { settings, probes, world } = house;
    const { adminHosts, adminToken } = settings.config;
    this.token = adminToken === '' ? newToken() : adminToken;
    probes.add(this.feed);
    this.events = new Events(house, this.feed, limits);
    this.guards = new Guards({
      bind: at.host,
      hosts: adminHosts,
      token: () => this.token,
      limits,
      scheduler: world.scheduler,
    });
    const routes = routesOf(this.feed, this.events, new Exposition(house));
    this.paths = routes.map(({ path }) => path);
    this.http = createHttp({
      house,
      limits,
      assets: readAssets(),
      routes,
      guards: this.guards,
    });
  }

  get port(): number {
    const address = this.http.server.address();
    return address === null || typeof address === 'string' ? 0 : address.port;
  }

  /** Throws ListenFailure. */
  async listen(): Promise<void> {
    const { host, port } = this.at;
    try {
      await this.http.listen({ host, port, exclusive: true });
    } catch (failure) {
      throw listenFailure(`${host.includes(':') ? `[${host}]` : host}:${port} (admin-port)`, failure);
    }
  }

  /** The node's directory is its own by now: whoever may read there may act. */
  serve(): void {
    const { settings, world } = this.house;
    const { config } = settings;
    const isOwn = config.adminToken === '' && isLoopback(this.at.host);
    try {
      const file = isOwn ? writeTokenFile(config.dir, this.token) : undefined;
      world.log.info(
        { port: this.port, bind: this.at.host, ...(file !== undefined && { tokenFile: file }) },
        'admin port ready',
      );
    } catch (failure) {
      world.log.warn(
        { err: failure },
        'the token of the admin port cannot be written: actions there are off (set admin-token)',
      );
    }
  }

  async close(): Promise<void> {
    this.events.close();
    await this.http.close();
  }
}
