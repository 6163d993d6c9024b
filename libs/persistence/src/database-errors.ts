/** SQLSTATE of an error thrown by pg or wrapped by TypeORM; undefined when it did not come from the server. */
export function sqlState(error: unknown): string | undefined {
  const { code, driverError } = (error ?? {}) as { code?: unknown; driverError?: { code?: unknown } };
  const state = driverError?.code ?? code;
  return typeof state === 'string' && /^[0-9A-Z]{5}$/.test(state) ? state : undefined;
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
]);
const LOST_CONNECTION =
  /Connection terminated|connection timeout|Client has encountered a connection error|Client was closed|Query read timeout|timeout exceeded when trying to connect|Query runner already released|Cannot use a pool after calling end/i;

/** The database cannot be reached or is going away; the statement may or may not have happened. */
export function isConnectionError(error: unknown): boolean {
  const state = sqlState(error);
  // 08 connection exceptions; 57P01-57P03 shutdown and start-up; 53300 too many connections.
  if (state) return state.startsWith('08') || /^57P0[1-5]$/.test(state) || state === '53300';
  const { code, message, driverError, cause } = (error ?? {}) as {
    code?: string;
    message?: string;
    driverError?: unknown;
    cause?: unknown;
  };
  if (code && NETWORK_CODES.has(code)) return true;
  if (message && LOST_CONNECTION.test(message)) return true;
  return [driverError, cause].some((inner) => inner != null && inner !== error && isConnectionError(inner));
}

/** Another transaction was in the way (serialization failure, deadlock, lock timeout): the same work can simply be done again. */
export const isConflictError = (error: unknown): boolean => ['40001', '40P01', '55P03'].includes(sqlState(error) ?? '');

/** A statement was prepared before a migration changed its tables: good again on a new connection. */
export const isStalePlanError = (error: unknown): boolean =>
  sqlState(error) === '0A000' && /cached plan/.test((error as Error).message);

/** Not the work's fault: it can be done again as it is. */
export const isInfrastructureError = (error: unknown): boolean =>
  error instanceof CommitOutcomeUnknown ||
  isConnectionError(error) ||
  isConflictError(error) ||
  isStalePlanError(error);

/** The connection was lost while committing: the work may be done or not. */
export class CommitOutcomeUnknown extends Error {
  constructor(cause: unknown) {
    super('The connection to the database was lost while committing; the outcome is unknown', { cause });
    this.name = 'CommitOutcomeUnknown';
  }
}
