import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../base/fault';
import { Asked, parseQuery } from './asked';
import type { Asset } from './assets';
import type { Guards } from './guards';
import type { AdminHouse } from './house';
import type { AdminLimits } from './limits';
import { Refusal } from './refusal';
import type { AnsweringRoute, Route } from './route';
import { SECURITY_HEADERS } from './security/headers';
import { readable } from './text';

export interface HttpParts {
  house: AdminHouse;
  limits: AdminLimits;
  assets: ReadonlyMap<string, Asset>;
  routes: readonly Route[];
  guards: Guards;
}

/** The HTTP server: guards, routes and the page. It is loaded only here, since a node without the port should not pay for it. */
export function createHttp(parts: HttpParts): FastifyInstance {
  const { fastify } = require('fastify') as typeof import('fastify');
  const { limits, house, guards } = parts;
  const app: FastifyInstance = fastify({
    logger: false,
    bodyLimit: limits.bodyBytesMax,
    connectionTimeout: limits.idleMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    forceCloseConnections: true,
    // Paths that are none: no hook has run.
    frameworkErrors: (failure, _, reply) => {
      const plain = reply as unknown as FastifyReply;
      void plain
        .code(failure.statusCode ?? 400)
        .headers(SECURITY_HEADERS)
        .send({ error: 'this path is none' });
    },
    routerOptions: { querystringParser: unparsed },
    http: {
      maxHeaderSize: limits.headBytesMax,
      headersTimeout: limits.headMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headMs / 2),
    },
  });
  app.server.maxConnections = limits.connectionsMax;
  app.addHook('onRequest', async (request, reply) => {
    house.world.clock.refresh();
    await guards.pass(request, reply);
  });
  app.setErrorHandler((failure, request, reply) => answerFailure(house, failure, request, reply));
  for (const route of parts.routes) addRoute(app, house, route);
  for (const [path, { type, body }] of parts.assets) app.get(path, (_, reply) => reply.type(type).send(body));
  app.setNotFoundHandler((request, reply) => answerNothing(parts, request, reply));
  return app;
}

/** What throws while a request is routed ends the process: nothing is parsed there. */
type Unparsed = { text: string };
const unparsed = (text: string): Unparsed => ({ text });

function addRoute(app: FastifyInstance, house: AdminHouse, route: Route): void {
  app.route({
    method: route.method,
    url: route.path,
    exposeHeadRoute: !('stream' in route),
    handler: async (request, reply) => {
      const query = parseQuery((request.query as Unparsed).text);
      const params = request.params as Record<string, string>;
      const asked = new Asked(query, params, request.body, request.socket.remoteAddress ?? '');
      if ('stream' in route) {
        reply.hijack();
        for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value as string);
        return route.stream(reply.raw);
      }
      const answer = await answerOf(route, house, asked);
      if (route.type === undefined) return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer));
      return reply.type(route.type).send(answer);
    },
  });
}

/** What the engine calls a client's mistake is one here too. */
async function answerOf(route: AnsweringRoute, house: AdminHouse, asked: Asked): Promise<unknown> {
  try {
    return await route.answer(house, asked);
  } catch (failure) {
    throw failure instanceof Fault ? new Refusal(400, readable(failure.reply)) : failure;
  }
}

/** The path is nobody's, or another method's. */
function answerNothing({ routes, assets }: HttpParts, { method, url }: FastifyRequest, reply: FastifyReply): unknown {
  const path = url.split('?', 1)[0]!;
  const methods = routes.filter((route) => matches(route.path, path)).map((route) => route.method as string);
  if (assets.has(path)) methods.push('GET');
  if (methods.length === 0) return reply.code(404).send({ error: 'there is nothing here' });
  return reply
    .code(405)
    .header('allow', methods.join(', '))
    .send({ error: `${method} is not for this path` });
}

function matches(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  return wanted.length === given.length && wanted.every((part, i) => part.startsWith(':') || part === given[i]);
}

function answerFailure(house: AdminHouse, failure: unknown, request: FastifyRequest, reply: FastifyReply): unknown {
  if (failure instanceof Refusal) {
    return reply.code(failure.status).headers(failure.headers).send({ error: failure.message });
  }
  const { statusCode = 500, message } = failure as { statusCode?: number; message: string };
  if (statusCode < 500) return reply.code(statusCode).send({ error: message });
  house.world.log.error({ err: failure, path: request.routeOptions.url }, 'the admin port could not answer');
  return reply.code(500).send({ error: 'internal error' });
}
