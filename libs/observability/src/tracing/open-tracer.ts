import type { ServiceConfig } from '@hookshop/config';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { recordRootsIf } from '../trace-context.js';
import { Tracer } from './tracer.js';

export type TracingConfig = Partial<
  Pick<
    ServiceConfig,
    'otelExporterOtlpEndpoint' | 'otelExporterOtlpHeaders' | 'otelTracesSampler' | 'otelTracesSamplerArg'
  >
>;

/** The service's tracer. Nothing of OpenTelemetry is even loaded without a collector to send to. */
export async function openTracer(
  service: string,
  config: TracingConfig,
  log: Logger,
  metrics: Metrics,
): Promise<Tracer> {
  const { otelExporterOtlpEndpoint: endpoint, otelExporterOtlpHeaders: headers } = config;
  if (endpoint === undefined) return new Tracer();
  const { otelTracesSampler: sampler, otelTracesSamplerArg: ratio = 1 } = config;
  recordRootsIf(sampler === 'parentbased_traceidratio' ? (share) => share < ratio : () => true);
  const { OtlpSink } = await import('./otlp-sink.js');
  return new Tracer(new OtlpSink(service, { endpoint, headers }, log, metrics));
}
