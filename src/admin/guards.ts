import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AdminLimits } from './limits';
import { Refusal } from './refusal';
import { SECURITY_HEADERS } from './security/headers';
import { Hosts, isLoopback } from './security/hosts';
import { credentialsOf, Tokens } from './security/token';

/** Says that the process lives, and nothing else: for supervisors, which have no token. */
const HEALTH_PATH = '/healthz';
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD'];

export interface GuardParts {
  bind: string;
  hosts: readonly string[];
  token: () => string;
  limits: AdminLimits;
  scheduler: ConstructorParameters<typeof Tokens>[1];
}

/** What every request must pass before anything looks at it. */
export class Guards {
  readonly tokens: Tokens;
  private readonly hosts: Hosts;
  private readonly isOpenToOthers: boolean;

  constructor({ bind, hosts, token, limits, scheduler }: GuardParts) {
    this.hosts = new Hosts(bind, hosts);
    this.tokens = new Tokens(token, scheduler, limits);
    this.isOpenToOthers = !isLoopback(bind);
  }

  /** Throws, or rejects with, Refusal. */
  async pass(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.headers(SECURITY_HEADERS);
    this.passOrigin(request);
    const isAction = !SAFE_METHODS.includes(request.method);
    // Nothing is there to be done: 404 and 405 tell nobody anything.
    if (isAction && request.is404 && !this.isOpenToOthers) return;
    if (!isAction && (!this.isOpenToOthers || request.url === HEALTH_PATH)) return;
    const credentials = credentialsOf(request.headers.authorization);
    await this.tokens.check(credentials, request.socket.remoteAddress ?? '', isAction);
  }

  private passOrigin({ headers, socket, url }: FastifyRequest): void {
    const { host, origin } = headers;
    if (!this.hosts.allows(host, socket.localAddress))
      throw new Refusal(403, 'this host is not served here (admin-hosts names more)');
    if (origin !== undefined && !this.hosts.allowsOrigin(origin, host!))
      throw new Refusal(403, 'pages of other origins may not ask');
    // A link to the page is fine; a request by another site's page is not.
    if (headers['sec-fetch-site'] === 'cross-site' && !(headers['sec-fetch-mode'] === 'navigate' && url === '/'))
      throw new Refusal(403, 'pages of other sites may not ask');
  }
}
