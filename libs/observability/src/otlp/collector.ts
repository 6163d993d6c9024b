import type { HrTime, SpanContext } from '@opentelemetry/api';
import { parseKeyPairsIntoRecord } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';

export interface Collector {
  /** Where it takes them, `http://localhost:4318/v1/traces`. */
  url: string;
  /** `key=value,key=value`, values percent-encoded; a secret. */
  headers?: string | undefined;
}

/**
 * For OpenTelemetry's exporters, which read a time limit, compression and a certificate by themselves from the standard
 * `OTEL_EXPORTER_OTLP_…` variables.
 */
export const exporterFor = ({ url, headers }: Collector) => ({ url, headers: parseKeyPairsIntoRecord(headers) });

/** Whose spans and lines they are. */
export const originOf = (service: string) => ({
  resource: resourceFromAttributes({ 'service.name': service, 'service.namespace': 'hookshop' }),
  instrumentationScope: { name: 'hookshop' },
});

export const contextOf = (traceparent: string): SpanContext => ({
  traceId: traceparent.slice(3, 35),
  spanId: traceparent.slice(36, 52),
  traceFlags: Number.parseInt(traceparent.slice(53, 55), 16),
});

/** @param ms since 1970, with fractions */
export const timeOf = (ms: number): HrTime => [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)];
