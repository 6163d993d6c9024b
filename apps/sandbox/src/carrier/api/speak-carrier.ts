import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { type CarrierErrorCode, errorBody } from './carrier-refusal.js';

/** The shortest thing that can pass for a key. */
const SHORTEST_KEY = 6;
const MOST_FAULTS = 5;

/**
 * The carrier's manners for everything under `/carrier/v1`: a key is asked for, and errors have the carrier's shape
 * whatever went wrong.
 */
export function speakCarrier(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();

  fastify.addHook('onRequest', (request, reply, next) => {
    if (!isCarriers(request) || hasKey(request.headers.authorization)) return next();
    reply.code(401).send(errorBody('unauthorized', 'Send your API key as Authorization: Bearer <key>.'));
  });

  fastify.addHook('onSend', (request, reply, payload, next) => {
    if (!isCarriers(request) || !String(reply.getHeader('content-type')).startsWith('application/problem+json')) {
      return next(null, payload);
    }
    reply.header('content-type', 'application/json').removeHeader('content-length');
    next(null, JSON.stringify(toCarrierError(reply.statusCode, String(payload))));
  });
}

/** By the route where there is one: an address can be spelled in more ways than one. */
const isCarriers = ({ routeOptions, url }: FastifyRequest): boolean =>
  /^\/carrier\/v1(?:[/?]|$)/.test(routeOptions.url ?? url);

const hasKey = (authorization: string | undefined): boolean =>
  (authorization?.match(/^Bearer (\S+)$/i)?.[1] ?? '').length >= SHORTEST_KEY;

interface ProblemText {
  detail?: string;
  title?: string;
  errors?: { path: string; message: string }[];
}

function toCarrierError(status: number, problem: string) {
  const { detail, title, errors = [] } = JSON.parse(problem) as ProblemText;
  const faults = errors.slice(0, MOST_FAULTS).map(({ path, message }) => `${path}: ${message}`);
  const said = detail ?? title ?? 'The carrier could not answer.';
  return errorBody(codeOf(status), faults.length > 0 ? `${said} ${faults.join('; ')}` : said);
}

function codeOf(status: number): CarrierErrorCode {
  if (status >= 500) return 'unavailable';
  return status === 404 ? 'not_found' : 'invalid_request';
}
