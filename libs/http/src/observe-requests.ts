import {
  adoptTrace,
  traceIdOf,
  withTrace,
  type Logger,
  type Metrics,
  type Span,
  type TraceContext,
  type Tracer,
} from '@hookshop/observability';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    trace: TraceContext | null;
  }
}

const slowMs = 1_000;

/** Gives every request its trace, counts it, and writes one wide line about each that failed or was slow. */
export function observeRequests(server: FastifyInstance, log: Logger, metrics: Metrics, tracer: Tracer): void {
  const duration = metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last byte of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });

  server.decorateRequest('trace', null);
  // After the body has been read: its events arrive in the context of the connection, not of the request.
  server.addHook('preValidation', (request, _reply, done) => {
    request.trace = { traceparent: adoptTrace(headerOf(request, 'traceparent')) };
    withTrace(request.trace, done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    done();
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    const durationMs = reply.elapsedTime;
    duration.observe({ method: request.method, route, status: reply.statusCode }, durationMs / 1_000);

    if (request.routeOptions.config.health === true) return;
    if (tracer.records(request.trace?.traceparent)) tracer.record(spanOf(request, reply, route, tracer.now()));
    const level = reply.statusCode >= 500 || durationMs > slowMs ? 'info' : 'debug';
    if (!log.isLevelEnabled(level)) return;
    const line = { method: request.method, route, status: reply.statusCode, durationMs: Math.round(durationMs) };
    if (request.trace === null) log[level](line, 'Request answered');
    else withTrace(request.trace, () => log[level](line, 'Request answered'));
  });
}

function spanOf(request: FastifyRequest, reply: FastifyReply, route: string, endedAt: number): Span {
  const { traceparent } = request.trace!;
  const caller = headerOf(request, 'traceparent');
  return {
    name: `${request.method} ${route}`,
    kind: 'server',
    traceparent,
    // The caller's own span, if this goes on in its trace.
    parent: traceIdOf(caller) === traceIdOf(traceparent) ? caller : undefined,
    startedAt: endedAt - reply.elapsedTime,
    endedAt,
    attributes: {
      'http.request.method': request.method,
      'http.route': route,
      'http.response.status_code': reply.statusCode,
      ...(request.trace!.correlationId !== undefined && { 'hookshop.correlation_id': request.trace!.correlationId }),
    },
    error: reply.statusCode >= 500 ? String(reply.statusCode) : undefined,
  };
}

const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};
