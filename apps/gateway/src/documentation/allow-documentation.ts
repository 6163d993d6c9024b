import type { FastifyInstance } from 'fastify';

/** Its own scripts and pictures, the styles written into it, and calls to the API it describes; nothing from elsewhere. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page at `/docs` is the only one there is: what browsers may do with it is said here. */
export function allowDocumentation(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (!request.is404 && /^\/docs(\/|$)/.test(request.routeOptions.url ?? '')) {
      reply.header('Content-Security-Policy', policy);
    }
    done();
  });
}
