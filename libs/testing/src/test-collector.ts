import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CollectedSpan {
  service: string;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  traceId: string;
  spanId: string;
  /** Undefined for the first span of a trace. */
  parentSpanId: string | undefined;
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number;
  attributes: Record<string, unknown>;
  links: string[];
  /** The status message of a span that failed. */
  error: string | undefined;
}

export interface CollectedLine {
  service: string;
  /** Milliseconds since 1970. */
  at: number;
  severity: { number: number; text: string };
  message: string;
  traceId: string | undefined;
  spanId: string | undefined;
  fields: Record<string, unknown>;
}

export interface TestCollector {
  url: string;
  /** Everything that was sent so far. */
  spans: CollectedSpan[];
  lines: CollectedLine[];
  /** Headers of the last request. */
  headers: IncomingHttpHeaders;
  /** How requests are answered: by a status, or never with `undefined`. */
  status: number | undefined;
  stop(): Promise<void>;
}

const kinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

/** A collector of traces and logs that speaks OTLP/HTTP with JSON bodies and remembers what it was sent. */
export async function testCollector(): Promise<TestCollector> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      collector.headers = request.headers;
      if (collector.status === undefined) return undefined;
      if (request.url !== '/v1/traces' && request.url !== '/v1/logs') return response.writeHead(404).end();
      if (collector.status === 200) {
        const body = Buffer.concat(chunks).toString();
        if (request.url === '/v1/traces') collector.spans.push(...spansIn(body));
        else collector.lines.push(...linesIn(body));
      }
      return response.writeHead(collector.status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const collector: TestCollector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: [],
    lines: [],
    headers: {},
    status: 200,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return collector;
}

interface OtlpValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: number | string;
  doubleValue?: number;
  kvlistValue?: { values: OtlpAttributes };
  arrayValue?: { values: OtlpValue[] };
}
type OtlpAttributes = { key: string; value: OtlpValue }[];
interface OtlpResource {
  resource: { attributes: OtlpAttributes };
}
interface OtlpLogRecord {
  timeUnixNano: string;
  severityNumber: number;
  severityText: string;
  body: OtlpValue;
  attributes: OtlpAttributes;
  traceId?: string;
  spanId?: string;
}
interface OtlpSpan {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: OtlpAttributes;
  links?: { traceId: string; spanId: string }[];
  status: { code?: number; message?: string };
}

const spansIn = (body: string): CollectedSpan[] =>
  (
    JSON.parse(body) as { resourceSpans: (OtlpResource & { scopeSpans: { spans: OtlpSpan[] }[] })[] }
  ).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => toSpan(serviceOf(resource), span))),
  );

const linesIn = (body: string): CollectedLine[] =>
  (
    JSON.parse(body) as { resourceLogs: (OtlpResource & { scopeLogs: { logRecords: OtlpLogRecord[] }[] })[] }
  ).resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) => logRecords.map((line) => toLine(serviceOf(resource), line))),
  );

const serviceOf = ({ attributes }: OtlpResource['resource']): string => String(valuesOf(attributes)['service.name']);

const toLine = (service: string, line: OtlpLogRecord): CollectedLine => ({
  service,
  at: Number(line.timeUnixNano) / 1e6,
  severity: { number: line.severityNumber, text: line.severityText },
  message: String(valueOf(line.body)),
  traceId: line.traceId || undefined,
  spanId: line.spanId || undefined,
  fields: valuesOf(line.attributes),
});

const toSpan = (service: string, span: OtlpSpan): CollectedSpan => ({
  service,
  name: span.name,
  kind: kinds[span.kind] ?? 'internal',
  traceId: span.traceId,
  spanId: span.spanId,
  parentSpanId: span.parentSpanId || undefined,
  startedAt: Number(span.startTimeUnixNano) / 1e6,
  endedAt: Number(span.endTimeUnixNano) / 1e6,
  attributes: valuesOf(span.attributes),
  links: (span.links ?? []).map(({ traceId, spanId }) => `${traceId}-${spanId}`),
  error: span.status.code === 2 ? (span.status.message ?? '') : undefined,
});

const valuesOf = (attributes: OtlpAttributes): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));

const valueOf = ({ kvlistValue, arrayValue, intValue, ...plain }: OtlpValue): unknown => {
  if (kvlistValue !== undefined) return valuesOf(kvlistValue.values);
  if (arrayValue !== undefined) return arrayValue.values.map(valueOf);
  return intValue === undefined
    ? (plain.stringValue ?? plain.boolValue ?? plain.doubleValue ?? null)
    : Number(intValue);
};
