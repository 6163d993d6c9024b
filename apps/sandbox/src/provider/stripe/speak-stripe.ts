import { randomUUID } from 'node:crypto';
import { parse } from 'node:querystring';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { StripeError } from './stripe-error.js';

/** The shortest thing that can pass for a secret key, `sk_test_`. */
const SHORTEST_KEY = 8;
/** Twice what a request with all the metadata there can be has; further ones are not read. */
const MOST_PARAMETERS = 120;

/**
 * Stripe's manners for everything under `/v1`: bodies are forms, every answer has an id, a key is asked for, and errors
 * have Stripe's shape whatever went wrong — its SDK takes any body without `error` for a success.
 */
export function speakStripe(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();

  fastify.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, parsed) => {
    parsed(null, parse(body as string, '&', '=', { maxKeys: MOST_PARAMETERS }));
  });

  fastify.addHook('onRequest', (request, reply, next) => {
    if (!isStripes(request)) return next();
    reply.header('request-id', newRequestId());
    const refusal = refuseKey(request.headers.authorization);
    if (refusal === undefined) return next();
    reply.code(401).send({ error: refusal });
  });

  fastify.addHook('onSend', (request, reply, payload, next) => {
    if (!isStripes(request) || !String(reply.getHeader('content-type')).startsWith('application/problem+json')) {
      return next(null, payload);
    }
    reply.header('content-type', 'application/json').removeHeader('content-length');
    next(null, JSON.stringify({ error: toStripeError(reply.statusCode, String(payload)) }));
  });
}

/** Unlike any other of this process, and of any other process. */
const newRequestId = (): string => `req_${processId}${(requests++).toString(36).padStart(6, '0')}`;
const processId = randomUUID().replaceAll('-', '').slice(0, 12);
let requests = 0;

export const requestIdOf = (reply: FastifyReply): string => String(reply.getHeader('request-id'));

const isStripes = ({ url }: FastifyRequest): boolean => url.startsWith('/v1/');

function refuseKey(authorization: string | undefined): StripeError | undefined {
  const key = authorization?.match(/^Bearer (\S+)$/i)?.[1];
  if (key === undefined) {
    return {
      type: 'invalid_request_error',
      message:
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    };
  }
  return key.length < SHORTEST_KEY ? { type: 'invalid_request_error', message: 'Invalid API Key provided' } : undefined;
}

function toStripeError(status: number, problem: string): StripeError {
  const { detail, title } = JSON.parse(problem) as { detail?: string; title?: string };
  return {
    type: status >= 500 ? 'api_error' : 'invalid_request_error',
    message: detail ?? title ?? 'The provider could not answer.',
  };
}
