import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { type CollectorConfig, logsUrl } from '../otlp/endpoints.js';
import type { LogTee } from './log-tee.js';

/** Lets the lines go on to the collector. Nothing of OpenTelemetry is loaded before. */
export async function openLogTee(
  tee: LogTee,
  service: string,
  config: CollectorConfig,
  log: Logger,
  metrics: Metrics,
): Promise<LogTee> {
  const { OtlpLogSink } = await import('./otlp-log-sink.js');
  const collector = { url: logsUrl(config)!, headers: config.otelExporterOtlpHeaders };
  return tee.open(new OtlpLogSink(service, collector, log, metrics));
}
