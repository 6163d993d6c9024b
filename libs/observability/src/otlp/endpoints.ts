import type { ServiceConfig } from '@hookshop/config';

export type CollectorConfig = Partial<
  Pick<
    ServiceConfig,
    | 'otelExporterOtlpEndpoint'
    | 'otelExporterOtlpTracesEndpoint'
    | 'otelExporterOtlpLogsEndpoint'
    | 'otelExporterOtlpHeaders'
    | 'otelTracesExporter'
    | 'otelLogsExporter'
    | 'otelTracesSampler'
    | 'otelTracesSamplerArg'
  >
>;

export const tracesUrl = (config: CollectorConfig): string | undefined =>
  config.otelTracesExporter === 'none' ? undefined : urlOf('traces', config.otelExporterOtlpTracesEndpoint, config);

export const logsUrl = (config: CollectorConfig): string | undefined =>
  config.otelLogsExporter === 'none' ? undefined : urlOf('logs', config.otelExporterOtlpLogsEndpoint, config);

/** As OpenTelemetry's specification has it: what is said of traces or of logs alone is taken as it is. */
const urlOf = (
  signal: 'traces' | 'logs',
  own: string | undefined,
  { otelExporterOtlpEndpoint: base }: CollectorConfig,
): string | undefined => own ?? (base && `${base.replace(/\/$/, '')}/v1/${signal}`);
