import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wantsTraces } from '../../src/admin/tracing/assemble';
import { rawExchange, startLarder } from '../support/larder';

interface Span {
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status: { code?: number };
  attributes: { key: string; value: Record<string, unknown> }[];
}

/** Takes traces, and is the origin as well: everything but /failing is there. */
async function startCollector() {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      if (request.url === '/v1/traces') bodies.push(body);
      response.writeHead(request.url === '/failing' ? 500 : 200, { 'content-type': 'application/json' }).end('{}');
      server.emit('answered');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, bodies, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

// The real process: the exporter loads its HTTP client in a way that Jest does not have.
test('loads, invalidations, warming runs and slow commands reach a collector, without a key', async () => {
  const { server, bodies, endpoint } = await startCollector();
  const home = mkdtempSync(join(tmpdir(), 'larder-traces-'));
  const file = join(home, 'larder.yaml');
  const yaml = `
sources:
  api: { http: "${endpoint}" }
keys:
  - { match: "secret:{id}", ttl: 1h, load: { from: api, path: "/{id}" } }
warm:
  - { id: top, keys: ["secret:1"], every: 60m }
`;
  writeFileSync(file, yaml);
  try {
    const variables = [
      `OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`,
      'OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test',
      'OTEL_BSP_SCHEDULE_DELAY=50',
    ];
    const flags = ['--slowlog-log-slower-than', '0', '--disk', 'off', '--journal-dir', home, file];
    const larder = await startLarder(flags, home, ['env', ...variables]);
    const commands = [
      'GET secret:2',
      'GET secret:failing',
      'INVAL TAGS 1 secret-tag REASON deploy',
      'WARMTASK RUN top',
      'QUIT',
    ];
    await rawExchange(larder.port, [Buffer.from(commands.map((command) => `${command}\r\n`).join(''))]);
    while (!bodies.some((body) => body.includes('larder.warm_run'))) await once(server, 'answered');
    expect(await larder.stop()).toBe(0);
  } finally {
    server.close();
    rmSync(home, { recursive: true, force: true });
  }
  const resources = bodies.flatMap((body) => JSON.parse(body).resourceSpans);
  const spans: Span[] = resources.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap((scope: { spans: Span[] }) => scope.spans),
  );
  const named = (name: string) => spans.filter((span) => span.name === name);
  const attribute = (name: string, value: string) => ({ key: name, value: { stringValue: value } });
  expect(
    named('larder.load')
      .map(({ status }) => status.code ?? 0)
      .sort(),
  ).toEqual([0, 0, 2]);
  expect(named('larder.load')[0]!.attributes).toContainEqual(attribute('larder.template', 'secret:{id}'));
  expect(named('larder.invalidate')[0]!.attributes).toContainEqual(attribute('larder.reason', 'deploy'));
  expect(named('larder.warm_run')[0]!.attributes).toContainEqual(attribute('larder.task', 'top'));
  expect(named('larder.command').map(({ attributes }) => attributes[0])).toContainEqual(
    attribute('db.operation.name', 'INVAL'),
  );
  for (const span of spans) expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
  expect(bodies.join()).not.toMatch(/secret:\d|secret-tag|failing/);
  const resource = resources[0].resource.attributes;
  expect(resource).toContainEqual(attribute('deployment.environment.name', 'test'));
  expect(resource).toContainEqual(attribute('service.name', 'larder'));
});

test.each([
  [{}, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, true],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4318/v1/traces' }, true],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_TRACES_EXPORTER: 'none' }, false],
])('%j', (env, wanted) => expect(wantsTraces(env)).toBe(wanted));
