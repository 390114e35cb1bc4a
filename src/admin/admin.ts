import type { FastifyInstance } from 'fastify';
import { listenFailure } from '../base/listen-failure';
import { readAssets } from './assets';
import { Events } from './events';
import { InvalidationFeed } from './feed';
import { Guards } from './guards';
import type { AdminHouse } from './house';
import { createHttp } from './http';
import { ADMIN_LIMITS, type AdminLimits } from './limits';
import { Exposition } from './metrics/exposition';
import { routesOf } from './routes';
import { isLoopback } from './security/hosts';
import { newToken } from './security/token';
import { writeTokenFile } from './security/token-file';

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
    const exposition = new Exposition(house);
    exposition.open();
    const routes = routesOf({ feed: this.feed, events: this.events, exposition });
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
