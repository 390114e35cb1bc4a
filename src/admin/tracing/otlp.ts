import type { Log } from '../../base/world';
import type { SpanRecord, SpanSink } from './span';

const CLOSE_MS = 2_000;
/** Failures of the collector are logged once in this time. */
const QUIET_MS = 60_000;

export interface OtlpParts {
  /** Of this node. */
  readonly name: string;
  readonly version: string;
  readonly log: Log;
  now(): number;
}

/**
 * OpenTelemetry over HTTP; where to, and how, the SDK reads from the standard variables. It is loaded here and only now: nobody
 * else pays for it.
 */
export function otlpSink({ name, version, log, now }: OtlpParts): SpanSink {
  const api = require('@opentelemetry/api') as typeof import('@opentelemetry/api');
  const { BatchSpanProcessor, NodeTracerProvider } =
    require('@opentelemetry/sdk-trace-node') as typeof import('@opentelemetry/sdk-trace-node');
  const { OTLPTraceExporter } =
    require('@opentelemetry/exporter-trace-otlp-http') as typeof import('@opentelemetry/exporter-trace-otlp-http');
  const resources = require('@opentelemetry/resources') as typeof import('@opentelemetry/resources');
  const names = require('@opentelemetry/semantic-conventions') as typeof import('@opentelemetry/semantic-conventions');

  let quietUntilMs = 0;
  const failed = (message: string) => {
    if (now() < quietUntilMs) return;
    quietUntilMs = now() + QUIET_MS;
    log.warn({ reason: message }, 'traces cannot be delivered');
  };
  const nothing = () => {};
  const logger = { error: failed, warn: nothing, info: nothing, debug: nothing, verbose: nothing };
  api.diag.setLogger(logger, { logLevel: api.DiagLogLevel.ERROR, suppressOverrideMessage: true });

  const own = resources.resourceFromAttributes({
    [names.ATTR_SERVICE_NAME]: 'larder',
    [names.ATTR_SERVICE_VERSION]: version,
    'service.instance.id': name,
  });
  // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before what is ours.
  const resource = resources
    .defaultResource()
    .merge(own)
    .merge(resources.detectResources({ detectors: [resources.envDetector] }));
  const provider = new NodeTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer('larder', version);

  return {
    add({ name: spanName, isClient, startMs, endMs, failure, attributes }: SpanRecord) {
      const kind = isClient === true ? api.SpanKind.CLIENT : api.SpanKind.INTERNAL;
      const span = tracer.startSpan(spanName, { kind, startTime: startMs, attributes, root: true });
      if (failure !== undefined) span.setStatus({ code: api.SpanStatusCode.ERROR, message: failure });
      span.end(endMs);
    },
    close() {
      const late = new Promise<void>((done) => setTimeout(done, CLOSE_MS).unref());
      return Promise.race([provider.shutdown().catch(nothing), late]);
    },
  };
}
