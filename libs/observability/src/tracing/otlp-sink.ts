import {
  type Attributes,
  type HrTime,
  type Link,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
} from '@opentelemetry/api';
import { parseKeyPairsIntoRecord } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import type { Span, SpanSink } from './tracer.js';

/** Spans that wait to be sent at most: what is more is dropped, since nothing may wait for a collector. */
const MOST_WAITING = 8_192;
const BATCH = 512;
const PAUSE_MS = 1_000;
/** How long a stop waits for the last of them. */
const CLOSE_MS = 2_000;

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

type Outcome = 'exported' | 'failed' | 'dropped';

export interface Collector {
  /** Where it takes traces, `http://localhost:4318/v1/traces`. */
  url: string;
  /** `key=value,key=value`, values percent-encoded; a secret. */
  headers?: string | undefined;
}

/**
 * Sends spans to a collector over OTLP/HTTP, in batches. A time limit, compression and a certificate OpenTelemetry's
 * exporter reads by itself from the standard `OTEL_EXPORTER_OTLP_…` variables.
 */
export class OtlpSink implements SpanSink {
  private readonly processor: BatchSpanProcessor;
  private readonly resource;
  private readonly counter;
  private waiting = 0;
  private failing = false;

  constructor(
    service: string,
    { url, headers }: Collector,
    private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.resource = resourceFromAttributes({ 'service.name': service, 'service.namespace': 'hookshop' });
    this.counter = metrics.counter({
      name: 'trace_spans_total',
      help: 'Spans by what became of them (exported, failed: the collector did not take them, dropped: too many waited)',
      labelNames: ['outcome'],
    });
    this.processor = new BatchSpanProcessor({
      exporter: this.watched(
        new OTLPTraceExporter({ url, headers: parseKeyPairsIntoRecord(headers), concurrencyLimit: 2 }),
      ),
      maxQueueSize: MOST_WAITING,
      maxExportBatchSize: BATCH,
      scheduledDelayMillis: PAUSE_MS,
    });
  }

  add(span: Span & { endedAt: number }): void {
    if (this.waiting >= MOST_WAITING) return this.counter.inc({ outcome: 'dropped' satisfies Outcome });
    this.waiting += 1;
    this.processor.onEnd(this.readable(span));
  }

  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
    await Promise.race([this.processor.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
  }

  /** Counts what the exporter did, and says once when it cannot and once when it can again. */
  private watched(exporter: SpanExporter): SpanExporter {
    return {
      export: (spans, done) => {
        this.waiting -= spans.length;
        exporter.export(spans, (result) => {
          const failed = result.code !== 0;
          this.counter.inc({ outcome: (failed ? 'failed' : 'exported') satisfies Outcome }, spans.length);
          if (failed && !this.failing) this.log.warn({ err: result.error }, 'The collector does not take traces');
          if (!failed && this.failing) this.log.info('The collector takes traces again');
          this.failing = failed;
          // The processor would report a failure once more, to nobody.
          done({ code: 0 });
        });
      },
      shutdown: () => exporter.shutdown(),
      forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    };
  }

  private readable({ name, kind, traceparent, parent, startedAt, endedAt, ...more }: Span & { endedAt: number }) {
    const context = contextOf(traceparent);
    return {
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
      resource: this.resource,
      instrumentationScope: { name: 'hookshop' },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    } satisfies ReadableSpan;
  }
}

const contextOf = (traceparent: string): SpanContext => ({
  traceId: traceparent.slice(3, 35),
  spanId: traceparent.slice(36, 52),
  traceFlags: Number.parseInt(traceparent.slice(53, 55), 16),
});

const timeOf = (ms: number): HrTime => [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)];
