import { Problem } from '@hookshop/http';
import type { Logger } from '@hookshop/observability';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from './caller.js';
import type { KeyRing } from './key-ring.js';

const bearer = /^Bearer +([\x21-\x7e]{1,512}) *$/i;

/**
 * Every route under /v1 needs a key of one of its roles; one that names no roles is for admins. Decided before the
 * body is read: strangers do not get to send us megabytes.
 */
export function authenticate(server: FastifyInstance, keyRing: KeyRing, log: Logger): void {
  server.decorateRequest('caller', null);
  server.addHook('onRequest', (request, _reply, done) => {
    if (!needsKey(request)) return done();
    const key = bearer.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) return done(unauthorized('Send an API key: Authorization: Bearer <key>.'));
    const caller = keyRing.identify(key);
    if (!(caller instanceof Promise)) return done(admit(request, caller));
    caller.then((found) => done(admit(request, found)), done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    if (request.caller?.role === 'admin' && isWrite(request)) {
      const { keyId, name } = request.caller;
      const by = { apiKeyId: keyId, name };
      const { method, params, routeOptions } = request;
      log.info({ audit: true, by, method, route: routeOptions.url, params, status: reply.statusCode }, 'Admin write');
    }
    done();
  });
}

/** The route that was found, never the address as it was spelled: /%761/orders is /v1/orders. */
const needsKey = (request: FastifyRequest): boolean =>
  !request.is404 && request.routeOptions.url?.startsWith('/v1/') === true;

const isWrite = ({ method }: FastifyRequest): boolean => method !== 'GET' && method !== 'HEAD';

function admit(request: FastifyRequest, caller: Caller | undefined): Problem | undefined {
  if (caller === undefined) return unauthorized('This API key is not known.', ', error="invalid_token"');
  const allowed = request.routeOptions.config.roles ?? ['admin'];
  if (!allowed.includes(caller.role)) {
    return new Problem(403, `This takes a key of role ${allowed.join(' or ')}; yours has role ${caller.role}.`);
  }
  request.caller = caller;
  return undefined;
}

const unauthorized = (detail: string, more = ''): Problem =>
  new Problem(401, detail, { headers: { 'WWW-Authenticate': `Bearer realm="hookshop"${more}` } });
