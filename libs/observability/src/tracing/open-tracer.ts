import type { ServiceConfig } from '@hookshop/config';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { recordRootsIf } from '../trace-context.js';
import { Tracer } from './tracer.js';

export type TracingConfig = Partial<
  Pick<ServiceConfig, 'otelExporterOtlpEndpoint' | 'otelTracesSampler' | 'otelTracesSamplerArg'>
>;

/** The service's tracer. Nothing of OpenTelemetry is even loaded without a collector to send to. */
export async function openTracer(
  service: string,
  { otelExporterOtlpEndpoint: endpoint, otelTracesSampler: sampler, otelTracesSamplerArg: ratio = 1 }: TracingConfig,
  log: Logger,
  metrics: Metrics,
): Promise<Tracer> {
  if (endpoint === undefined) return new Tracer();
  recordRootsIf(sampler === 'parentbased_traceidratio' ? (share) => share < ratio : () => true);
  const { OtlpSink } = await import('./otlp-sink.js');
  return new Tracer(new OtlpSink(service, endpoint, log, metrics));
}
