import { errors } from 'undici';
import { AttemptFailed } from './attempt-failed.js';

/** How far an exchange had come when it broke off. */
export type Progress = 'sent' | 'answering';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? '';

const lookupFailures: Record<string, string> = {
  ENOTFOUND: 'the host name is not known',
  ENODATA: 'the host name has no address',
  ETIMEOUT: 'the name server did not answer',
  ESERVFAIL: 'the name server failed',
  EREFUSED: 'the name server refused to answer',
  EBADNAME: 'the host name is not valid',
};

export function lookupFailure(error: unknown): AttemptFailed {
  const message = lookupFailures[codeOf(error)] ?? `the host name could not be looked up${inBrackets(error)}`;
  return new AttemptFailed('dns', message, { cause: error });
}

const connectFailures: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset while it was opened',
  EPIPE: 'the connection was closed while it was opened',
  ETIMEDOUT: 'the connection could not be opened in time',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network of the host cannot be reached',
};

const tlsFailures: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is signed by an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate is signed by an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate came without those it depends on',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name',
};

/** @param shaking the TCP connection stood, TLS was being agreed on */
export function connectFailure(error: unknown, shaking: boolean): AttemptFailed {
  if (error instanceof AttemptFailed) return error;
  const code = codeOf(error);
  const known = connectFailures[code];
  if (known) return new AttemptFailed('connection', known, { cause: error });
  const [errorClass, message] = shaking
    ? (['tls', tlsFailures[code] ?? `TLS could not be agreed on${inBrackets(error)}`] as const)
    : (['connection', `the connection could not be opened${inBrackets(error)}`] as const);
  return new AttemptFailed(errorClass, message, { cause: error });
}

const closedCodes = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'];

/** The other side went away; whether it took the request is not known. */
export const isClosed = (error: Error): boolean => closedCodes.includes(codeOf(error));

/** Of an exchange on a connection that stood. */
export function exchangeFailure(error: Error, progress: Progress): AttemptFailed {
  if (error instanceof AttemptFailed) return error;
  return new AttemptFailed(...classed(error, progress), { cause: error });
}

function classed(error: Error, progress: Progress): ['connection' | 'response-too-large', string] {
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return ['response-too-large', 'the response headers exceed 16 KiB'];
  if (code === 'UND_ERR_CLOSED' || code === 'UND_ERR_DESTROYED') return ['connection', 'the sender is stopping'];
  // Says which header, and nothing else.
  if (code === 'UND_ERR_INVALID_ARG') return ['connection', `the request cannot be sent: ${error.message}`];
  if (error instanceof errors.HTTPParserError) return ['connection', 'the response is not HTTP/1.1'];
  if (isClosed(error) || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return progress === 'sent'
      ? ['connection', 'the connection was closed before a response came']
      : ['connection', 'the connection was closed in the middle of the response'];
  }
  return ['connection', `the connection failed${inBrackets(error)}`];
}

/** Codes are fixed words; messages of the system may hold addresses. */
const inBrackets = (error: unknown): string => (codeOf(error) ? ` (${codeOf(error)})` : '');
