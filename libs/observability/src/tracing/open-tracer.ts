import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { type CollectorConfig, tracesUrl } from '../otlp/endpoints.js';
import { recordRootsIf } from '../trace-context.js';
import { Tracer } from './tracer.js';

/** The service's tracer. Nothing of OpenTelemetry is even loaded without a collector to send to. */
export async function openTracer(
  service: string,
  config: CollectorConfig,
  log: Logger,
  metrics: Metrics,
): Promise<Tracer> {
  const url = tracesUrl(config);
  if (url === undefined) return new Tracer();
  recordRootsIf(sampled(config));
  if (config.otelTracesSampler === 'always_off') return new Tracer();
  const { OtlpSink } = await import('./otlp-sink.js');
  return new Tracer(new OtlpSink(service, { url, headers: config.otelExporterOtlpHeaders }, log, metrics));
}

/** Callers never decide, and all services have the same sampler: with a parent it makes no difference. */
function sampled({ otelTracesSampler, otelTracesSamplerArg: ratio = 1 }: CollectorConfig): (share: number) => boolean {
  if (otelTracesSampler === 'always_off') return () => false;
  return otelTracesSampler === 'parentbased_traceidratio' ? (share) => share < ratio : () => true;
}
