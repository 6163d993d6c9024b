import { continueTrace, withTrace, type Logger, type Metrics, type TraceContext } from '@hookshop/observability';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    trace: TraceContext | null;
  }
}

const slowMs = 1_000;

/** Gives every request its trace, counts it, and writes one wide line about each that failed or was slow. */
export function observeRequests(server: FastifyInstance, log: Logger, metrics: Metrics): void {
  const duration = metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last byte of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });

  server.decorateRequest('trace', null);
  // After the body has been read: its events arrive in the context of the connection, not of the request.
  server.addHook('preValidation', (request, _reply, done) => {
    request.trace = { traceparent: continueTrace(headerOf(request, 'traceparent')) };
    withTrace(request.trace, done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    done();
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    const durationMs = reply.elapsedTime;
    duration.observe({ method: request.method, route, status: reply.statusCode }, durationMs / 1_000);

    if (request.routeOptions.config.health === true) return;
    const level = reply.statusCode >= 500 || durationMs > slowMs ? 'info' : 'debug';
    if (!log.isLevelEnabled(level)) return;
    const line = { method: request.method, route, status: reply.statusCode, durationMs: Math.round(durationMs) };
    if (request.trace === null) log[level](line, 'Request answered');
    else withTrace(request.trace, () => log[level](line, 'Request answered'));
  });
}

const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};
