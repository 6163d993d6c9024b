import type { RequestListener } from 'node:http';
import { trustedProxies, type ServiceConfig } from '@hookshop/config';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { HttpLimits } from './http-limits.js';
import { openServer } from './open-server.js';
import { Problem } from './problem.js';
import { sendProblem } from './problem.filter.js';
import { toProblem } from './to-problem.js';

const silent = { error: () => undefined, warn: () => undefined };

/** Nest's adapter, with a stop that lets whatever is being answered finish before any provider is destroyed. */
export class DrainingAdapter extends FastifyAdapter {
  drain: () => Promise<void> = () => Promise.resolve();

  override async beforeClose(): Promise<void> {
    super.beforeClose();
    await this.drain();
  }
}

export function createAdapter(
  limits: HttpLimits,
  { trustProxy, httpMaxConnections }: Pick<ServiceConfig, 'trustProxy' | 'httpMaxConnections'>,
): DrainingAdapter {
  return new DrainingAdapter({
    bodyLimit: limits.bodyBytes,
    trustProxy: trustedProxies(trustProxy),
    serverFactory: (handle: RequestListener) => openServer(handle, limits, httpMaxConnections),
    routerOptions: { maxParamLength: 1_024 },
    frameworkErrors: (error: unknown, _request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, toProblem(error, silent)),
  });
}

/**
 * Node drops headers beyond its own limit without a word, and what is dropped may be what a check goes by. Of two hosts
 * it takes the first, and who stands in front of it perhaps the other.
 */
export function checkHeaders(server: FastifyInstance, most: number): void {
  server.addHook('onRequest', ({ raw }, _reply, done) => {
    const { rawHeaders, httpVersion } = raw;
    if (rawHeaders.length > 2 * most) return done(new Problem(431, `A request has at most ${most} headers.`));
    const hosts = hostsIn(rawHeaders);
    if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) return done(new Problem(400, 'A request names one host.'));
    done();
  });
}

function hostsIn(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]!.length === 4 && rawHeaders[at]!.toLowerCase() === 'host') count += 1;
  }
  return count;
}

/** JSON only; an empty body is no body, whatever its declared type. */
export function takeJson(server: FastifyInstance, bodyLimit: number): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser(['application/json', 'text/plain']);
  server.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parse(request, body as string, done);
  });
}
