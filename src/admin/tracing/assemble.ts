import { hostname } from 'node:os';
import type { AdminHouse } from '../house';
import { otlpSink } from './otlp';
import { SpanRecorder } from './recorder';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Tracing {
  close(): Promise<void>;
}

/** Whether OpenTelemetry's own variables ask for traces. */
export function wantsTraces(env: Environment): boolean {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT ?? '';
  const isOff = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none';
  return endpoint !== '' && !isOff;
}

/** Traces of loads, invalidations, warming runs and slow commands; null where nobody wants them. */
export function assembleTracing(house: AdminHouse, env: Environment): Tracing | null {
  if (!wantsTraces(env)) return null;
  const { world, settings, version, probes } = house;
  const name = settings.config.name || hostname();
  const sink = otlpSink({ name, version, log: world.log, now: () => world.clock.now });
  const recorder = new SpanRecorder(house, sink);
  probes.add(recorder);
  world.log.info({}, 'traces are delivered by OpenTelemetry');
  return {
    close() {
      recorder.close();
      return sink.close();
    },
  };
}
