import { randomUUID } from 'node:crypto';
import type { Logger } from '@hookshop/observability';
import { HttpException } from '@nestjs/common';
import { isOutage, isOutcomeUnknown } from './outage.js';
import { Problem } from './problem.js';

const retrySoon = { 'Retry-After': '2' };

/** Fastify refuses a request before our code sees it; its own words are for those who run it. */
const details: Record<number, string> = {
  400: 'The request is malformed.',
  408: 'The request took too long to arrive.',
  413: 'The body is larger than this address takes.',
  415: 'The body must be JSON, sent as Content-Type: application/json.',
  417: 'There is nothing to expect here but 100-continue.',
  431: 'The headers are larger than this service takes.',
};

const byCode: Record<string, () => Problem> = {
  FST_ERR_CTP_INVALID_JSON_BODY: () => new Problem(400, 'The body is not valid JSON.'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => new Problem(400, 'The body is not as long as its Content-Length says.'),
  FST_ERR_BAD_URL: () => new Problem(400, 'The address is malformed.'),
  // An id too long to be one does not exist.
  FST_ERR_MAX_PARAM_LENGTH: () => new Problem(404, 'There is nothing at this address.'),
};

/** What HTTP itself refuses, before there is a request to answer. */
export const refused = (status: number): Problem => new Problem(status, details[status] ?? 'The request was refused.');

/** Turns whatever was thrown into the problem the caller may see; what is our fault is logged and stays with us. */
export function toProblem(error: unknown, log: Pick<Logger, 'error' | 'warn'>): Problem {
  if (error instanceof Problem) return error;
  // Nest wraps Fastify's refusals.
  const refusal = fromFastify(error) ?? (error instanceof HttpException ? fromFastify(error.cause) : undefined);
  if (refusal !== undefined) return refusal;
  if (error instanceof HttpException) return fromHttpException(error, log);
  if (isOutcomeUnknown(error)) {
    log.warn({ err: error }, 'The outcome of a request is unknown');
    return new Problem(504, 'The database went away in the middle: it may be done or not. Look before trying again.');
  }
  if (isOutage(error)) {
    log.warn({ err: error }, 'A dependency is away');
    return new Problem(503, 'A dependency of this service is away. Try again shortly.', { headers: retrySoon });
  }
  return ourFault(error, log);
}

function fromFastify(error: unknown): Problem | undefined {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  if (typeof code !== 'string' || !code.startsWith('FST_')) return undefined;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return undefined;
  return byCode[code]?.() ?? refused(statusCode);
}

function fromHttpException(error: HttpException, log: Pick<Logger, 'error'>): Problem {
  const status = error.getStatus();
  if (status === 503) return new Problem(503, error.message, { headers: retrySoon });
  if (status >= 500) return ourFault(error, log, status);
  return new Problem(status, error.message);
}

function ourFault(error: unknown, log: Pick<Logger, 'error'>, status = 500): Problem {
  const id = randomUUID();
  log.error({ err: error, errorId: id }, 'A request failed unexpectedly');
  return new Problem(status, `Something went wrong on our side. It is logged as ${id}.`, {
    instance: `urn:uuid:${id}`,
  });
}
