/** What Node, pg and NATS say when the other side is away; nothing was answered, and trying again later is right. */
const outageCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  // PostgreSQL: too many connections, read-only after a failover, conflicts that outlasted every retry.
  '53300',
  '25006',
  '40001',
  '40P01',
  '55P03',
]);

/** PostgreSQL: connection exceptions, shutting down or starting up. */
const outageStates = /^(08\w{3}|57P0[1-5])$/;

/** `pg` gives these no code. */
const outageMessages = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Query read timeout',
];

const outageNames = new Set(['ClosedConnectionError', 'DrainingConnectionError', 'NoRespondersError']);

interface ErrorParts {
  code?: unknown;
  message?: unknown;
  name?: unknown;
  cause?: unknown;
  driverError?: unknown;
  errors?: unknown;
}

/** True when the database or the broker is away, rather than us being wrong. Looks into wrapped errors. */
export function isOutage(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 4) return false;
  const { code, message, name, cause, driverError, errors } = error as ErrorParts;
  if (typeof code === 'string' && (outageCodes.has(code) || outageStates.test(code))) return true;
  if (typeof name === 'string' && outageNames.has(name)) return true;
  if (typeof message === 'string' && outageMessages.some((known) => message.startsWith(known))) return true;
  return [driverError, cause, ...(Array.isArray(errors) ? errors : [])].some((inner) => isOutage(inner, depth + 1));
}

/** The connection was lost while committing: the change may be done or not, and trying again may do it twice. */
export const isOutcomeUnknown = (error: unknown): boolean =>
  error instanceof Error && error.name === 'CommitOutcomeUnknown';
