import { type Attributes, type Link, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { type Collector, contextOf, exporterFor, originOf, timeOf } from '../otlp/collector.js';
import { ExportQueue } from '../otlp/export-queue.js';
import type { Span, SpanSink } from './tracer.js';

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** Sends spans to a collector over OTLP/HTTP. */
export class OtlpSink implements SpanSink {
  private readonly origin;
  private readonly queue: ExportQueue<ReadableSpan>;

  constructor(service: string, collector: Collector, log: Logger, metrics: Metrics) {
    this.origin = originOf(service);
    const counter = metrics.counter({
      name: 'trace_spans_total',
      help: 'Spans by what became of them (exported, failed: the collector did not take them, dropped: too many waited)',
      labelNames: ['outcome'],
    });
    this.queue = new ExportQueue('traces', new OTLPTraceExporter(exporterFor(collector)), counter, log);
  }

  add(span: Span & { endedAt: number }): void {
    this.queue.add(this.readable(span));
  }

  close(): Promise<void> {
    return this.queue.close();
  }

  private readable({ name, kind, traceparent, parent, startedAt, endedAt, ...more }: Span & { endedAt: number }) {
    const context = contextOf(traceparent);
    return {
      ...this.origin,
      name,
      kind: kinds[kind],
      spanContext: () => context,
      ...(parent !== undefined && { parentSpanContext: contextOf(parent) }),
      startTime: timeOf(startedAt),
      endTime: timeOf(endedAt),
      duration: timeOf(Math.max(0, endedAt - startedAt)),
      status:
        more.error === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: more.error },
      attributes: (more.attributes ?? {}) satisfies Attributes,
      links: (more.links ?? []).map((link): Link => ({ context: contextOf(link) })),
      events: [],
      ended: true,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    } satisfies ReadableSpan;
  }
}
