import type { Attributes } from '@opentelemetry/api';
import { continueTrace } from '../trace-context.js';

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** Something that was done in the course of a trace, told when it is over. */
export interface Span {
  /** One of few: names are what spans are grouped by. */
  name: string;
  kind: SpanKind;
  /** Its own identity (W3C Trace Context), which what it leads to continues. */
  traceparent: string;
  /** Identity of the span below which it belongs; none for the first of a trace. */
  parent?: string | undefined;
  /** Milliseconds since 1970, from `Tracer.now`. */
  startedAt: number;
  endedAt?: number;
  /** Ids and words of few: never what a person wrote, never a secret. */
  attributes?: Attributes;
  /** Spans of other traces that have to do with it. */
  links?: readonly string[];
  /** Why it did not do what it was to do; one of few words. */
  error?: string | undefined;
}

/** A clock that was set, or ran at another pace: from here on its word counts. */
const MOST_APART_MS = 5;

/** Where spans go. */
export interface SpanSink {
  add(span: Required<Pick<Span, 'endedAt'>> & Span): void;
  close(): Promise<void>;
}

/**
 * Records the spans of this process. Without a sink it records nothing and costs nothing: ask `records` before
 * anything is put together for it.
 */
export class Tracer {
  /** Where the monotonic clock stands in time. */
  private anchor = Date.now() - performance.now();

  constructor(private readonly sink?: SpanSink) {}

  /** Whether spans of this trace are kept. */
  records(traceparent: string | undefined): traceparent is string {
    return this.sink !== undefined && traceparent !== undefined && isSampled(traceparent);
  }

  /** A new identity below a span; undefined where nothing of its trace is kept. */
  below(traceparent: string | undefined): string | undefined {
    return this.records(traceparent) ? continueTrace(traceparent) : undefined;
  }

  /** Milliseconds since 1970, with fractions. It follows the machine's clock, so that services agree on it. */
  now(): number {
    const now = this.anchor + performance.now();
    if (Math.abs(Date.now() - now) < MOST_APART_MS) return now;
    this.anchor = Date.now() - performance.now();
    return Date.now();
  }

  record(span: Span): void {
    if (!this.records(span.traceparent)) return;
    this.sink!.add({ ...span, endedAt: span.endedAt ?? this.now() });
  }

  /** Sends what is left, for a moment; called by Nest when everything else has stopped. */
  async onApplicationShutdown(): Promise<void> {
    await this.sink?.close();
  }
}

/** The last bit of the flags: whoever began the trace wants it kept. */
const isSampled = (traceparent: string): boolean => (Number.parseInt(traceparent.slice(53, 55), 16) & 1) === 1;
