import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/**
 * What every answer tells a browser: to take it as what it says it is, to run and embed nothing of it, to keep no copy,
 * and to tell nobody where it came from. A route that serves more says so itself.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

const entries = Object.entries(securityHeaders);

/** On the answer itself, so that those that bypass the framework (streams, unreadable addresses) have them too. */
export function setSecurityHeaders(answer: ServerResponse): void {
  for (const [name, value] of entries) answer.setHeader(name, value);
}

/** Only where the caller did come by TLS, as a proxy that is trusted says; which other hosts there are is not ours to say. */
export function demandTls(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (request.protocol === 'https') reply.header('Strict-Transport-Security', 'max-age=31536000');
    done();
  });
}
