import { errors } from 'undici';
import { type CarrierShipment, NotAShipment, readShipment } from './carrier-shipment.js';

/** Why the carrier did not do what it was asked. */
export type Failure =
  /** It understood and will not, however often it is asked. */
  | { is: 'refused'; status: number; reason: string; error: string }
  /** Done or not, nobody knows. `operator`: it will stay so until somebody mends the account or the key. */
  | { is: 'unresolved'; error: string; operator?: boolean };

/** Statuses of the 4xx that a later attempt may not meet: the key was mended, the carrier has time again. */
const passing = [401, 403, 408, 425, 429];

/** @throws NotAShipment when it is none, or another than the one that was asked for */
export function readAnswer(
  value: unknown,
  wanted: Partial<Pick<CarrierShipment, 'id' | 'reference'>>,
): CarrierShipment {
  const shipment = readShipment(value);
  if (wanted.id !== undefined && wanted.id !== shipment.id) throw new NotAShipment('its id is another');
  if (wanted.reference !== undefined && wanted.reference !== shipment.reference) {
    throw new NotAShipment('its reference is another');
  }
  return shipment;
}

/** @throws NotAShipment */
export function readList(value: unknown, reference: string): CarrierShipment[] {
  const { data } = (value ?? {}) as { data?: unknown };
  if (!Array.isArray(data)) throw new NotAShipment('it is no list');
  return data.map((one) => readAnswer(one, { reference }));
}

/** What a status that is no success means. */
export function readRefusal(status: number, value: unknown): Failure {
  const { code, message } = errorOf(value);
  const reason = `${status}${code}`;
  if (status < 400) return { is: 'unresolved', error: `${reason}: redirects are not followed, check CARRIER_API_BASE` };
  if (status >= 500 || passing.includes(status)) {
    const operator = status === 401 || status === 403;
    return { is: 'unresolved', error: `The carrier answered ${reason}`, ...(operator && { operator }) };
  }
  return { is: 'refused', status, reason, error: `The carrier answered ${reason}${message}` };
}

/** Why no answer could be read. Fixed words and codes: messages of the system may hold addresses. */
export function readTrouble(error: unknown): Failure | undefined {
  if (error instanceof NotAShipment)
    return { is: 'unresolved', error: `The answer is not a shipment: ${error.message}` };
  if (error instanceof SyntaxError) return { is: 'unresolved', error: 'The answer is not JSON' };
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (name === 'TimeoutError' || name === 'AbortError') return { is: 'unresolved', error: 'No answer came in time' };
  if (error instanceof errors.UndiciError || typeof code === 'string') {
    return {
      is: 'unresolved',
      error: `The carrier could not be asked (${typeof code === 'string' ? code : 'unknown'})`,
    };
  }
  return undefined;
}

function errorOf(value: unknown): { code: string; message: string } {
  const { error } = (value ?? {}) as { error?: unknown };
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const line =
    typeof message === 'string'
      ? message
          .replace(/[\p{Cc}\p{Cs}]/gu, ' ')
          .trim()
          .slice(0, 300)
      : '';
  return {
    code: typeof code === 'string' && /^[a-z_]{1,64}$/.test(code) ? ` ${code}` : '',
    message: line && `: ${line}`,
  };
}
