import { Problem } from '@hookshop/http';
import type { Logger, Metrics } from '@hookshop/observability';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { audit } from './audit.js';
import type { Caller } from './caller.js';
import type { FailedCalls } from './failed-calls.js';
import type { KeyRing } from './key-ring.js';
import type { RateLimits } from './rate-limits.js';

const bearer = /^Bearer +([\x21-\x7e]{1,512}) *$/i;

export interface Doorkeeping {
  keyRing: KeyRing;
  rates: RateLimits;
  failed: FailedCalls;
  log: Logger;
  metrics: Metrics;
}

type Reason = 'no key' | 'unknown key' | 'wrong role' | 'rate limit' | 'barred address';

/**
 * Every route under /v1 needs a key of one of its roles; one that names no roles is for admins. Decided before the
 * body is read: strangers do not get to send us megabytes.
 */
export function authenticate(server: FastifyInstance, { keyRing, rates, failed, log, metrics }: Doorkeeping): void {
  const refusals = metrics.counter({
    name: 'api_refusals_total',
    help: 'Requests to the API that were refused at the door (no key, unknown key, wrong role, rate limit, barred address)',
    labelNames: ['reason'],
  });
  const refuse = (reason: Reason, problem: Problem): Problem => {
    refusals.inc({ reason });
    return problem;
  };

  const stranger = (request: FastifyRequest, reason: 'no key' | 'unknown key', problem: Problem): Problem => {
    failed.count(request);
    return refuse(reason, problem);
  };
  const admit = (request: FastifyRequest, reply: FastifyReply, caller: Caller | undefined): Problem | undefined => {
    if (caller === undefined) return stranger(request, 'unknown key', unknownKey());
    const { headers, refusal } = rates.count(caller);
    reply.headers(headers);
    if (refusal !== undefined) return refuse('rate limit', refusal);
    const allowed = request.routeOptions.config.roles ?? ['admin'];
    if (!allowed.includes(caller.role)) return refuse('wrong role', wrongRole(caller, allowed));
    request.caller = caller;
    audit(request, reply, caller, log);
    return undefined;
  };

  server.decorateRequest('caller', null);
  server.addHook('onRequest', (request, reply, done) => {
    if (!needsKey(request)) return done();
    const key = bearer.exec(request.headers.authorization ?? '')?.[1];
    const barred = failed.refusal(request);
    // A key that was good here lately is heard, whoever else comes from its address.
    if (barred !== undefined && !(key !== undefined && keyRing.remembers(key))) {
      return done(refuse('barred address', barred));
    }
    if (key === undefined) return done(stranger(request, 'no key', noKey()));
    const caller = keyRing.identify(key);
    if (!(caller instanceof Promise)) return done(admit(request, reply, caller));
    caller.then((found) => done(admit(request, reply, found)), done);
  });
}

/** The route that was found, never the address as it was spelled: /%761/orders is /v1/orders. */
const needsKey = (request: FastifyRequest): boolean =>
  !request.is404 && request.routeOptions.url?.startsWith('/v1/') === true;

const unauthorized = (detail: string, more = ''): Problem =>
  new Problem(401, detail, { headers: { 'WWW-Authenticate': `Bearer realm="hookshop"${more}` } });
const noKey = (): Problem => unauthorized('Send an API key: Authorization: Bearer <key>.');
const unknownKey = (): Problem => unauthorized('This API key is not known.', ', error="invalid_token"');
const wrongRole = ({ role }: Caller, allowed: readonly string[]): Problem =>
  new Problem(403, `This takes a key of role ${allowed.join(' or ')}; yours has role ${role}.`);
