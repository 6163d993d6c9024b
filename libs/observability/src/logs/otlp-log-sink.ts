import { type Attributes, SeverityNumber, type SpanContext } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { type Collector, contextOf, exporterFor, originOf, timeOf } from '../otlp/collector.js';
import { ExportQueue } from '../otlp/export-queue.js';
import type { LogLine, LogSink } from './log-tee.js';

const severities: Record<string, SeverityNumber> = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};

interface Fields {
  level: string;
  time: string;
  service: string;
  msg?: string;
  traceId?: string;
  [field: string]: unknown;
}

/** Sends the lines of a log to a collector over OTLP/HTTP: what stdout has, field by field. */
export class OtlpLogSink implements LogSink {
  private readonly origin;
  private readonly queue: ExportQueue<LogLine>;

  constructor(service: string, collector: Collector, log: Logger, metrics: Metrics) {
    this.origin = originOf(service);
    const counter = metrics.counter({
      name: 'log_records_total',
      help: 'Log lines by what became of them on the way to the collector (exported, failed, dropped)',
      labelNames: ['outcome'],
    });
    const exporter = new OTLPLogExporter(exporterFor(collector));
    this.queue = new ExportQueue<LogLine>(
      'logs',
      {
        // Read only now: as text they take a fraction of the memory while they wait, and what is dropped costs nothing.
        export: (lines, done) =>
          exporter.export(
            lines.map((line) => this.readable(line)),
            done,
          ),
        shutdown: () => exporter.shutdown(),
      },
      counter,
      log,
    );
  }

  add(line: LogLine): void {
    this.queue.add(line);
  }

  close(): Promise<void> {
    return this.queue.close();
  }

  private readable({ json, traceparent }: LogLine): ReadableLogRecord {
    const { level, time, service: _, msg, traceId, ...fields } = JSON.parse(json) as Fields;
    const at = timeOf(Date.parse(time));
    return {
      ...this.origin,
      hrTime: at,
      hrTimeObserved: at,
      severityText: level,
      severityNumber: severities[level] ?? SeverityNumber.UNSPECIFIED,
      body: msg ?? '',
      ...spanOf(traceId, traceparent),
      attributes: fields as Attributes,
      droppedAttributesCount: 0,
    };
  }
}

/** A line that names the trace of something else than the work at hand belongs to no span that is known. */
function spanOf(traceId: string | undefined, traceparent: string | undefined): { spanContext?: SpanContext } {
  if (traceId === undefined) return {};
  const context = traceparent === undefined ? undefined : contextOf(traceparent);
  return { spanContext: context?.traceId === traceId ? context : { traceId, spanId: '', traceFlags: 0 } };
}
