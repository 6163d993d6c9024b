import { Problem, type FieldError } from '@hookshop/http';
import { InvalidSecret, secretKey } from '@hookshop/webhooks';
import { checkUrl, RefusedUrl, type UrlPolicy } from '../sending/endpoint-url.js';
import { checkEventTypes } from '../subscriptions/subscribable-types.js';
import { compileFilter } from '../subscriptions/compile-filter.js';
import { checkHeaders } from './custom-headers.js';

interface Wanted {
  url?: string;
  eventTypes?: string[];
  filter?: object | null;
  headers?: Record<string, string>;
  secret?: string;
}

export interface CheckedEndpoint {
  url?: string;
  /** Null: no filter. */
  filterPath: string | null;
}

/**
 * Looks at what is well-formed and may still be unacceptable.
 *
 * @param wanted with the event types and the filter as they will be: they are checked together
 * @throws Problem 422 naming every fault at once
 */
export function checkEndpoint(wanted: Wanted & { eventTypes: string[] }, policy: UrlPolicy): CheckedEndpoint {
  const errors: FieldError[] = [];
  const url = wanted.url === undefined ? undefined : tryUrl(wanted.url, policy, errors);
  const typeErrors = checkEventTypes(wanted.eventTypes);
  errors.push(...typeErrors);
  const filterPath = typeErrors.length > 0 ? null : tryFilter(wanted.filter ?? null, wanted.eventTypes, errors);
  if (wanted.headers !== undefined) errors.push(...checkHeaders(wanted.headers));
  if (wanted.secret !== undefined) errors.push(...checkSecret(wanted.secret));
  refuseFaulty(errors);
  return { url, filterPath };
}

export function checkSecret(secret: string): FieldError[] {
  try {
    secretKey(secret);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidSecret)) throw error;
    return [{ path: 'secret', message: error.message }];
  }
}

export function refuseFaulty(errors: FieldError[]): void {
  if (errors.length > 0) throw new Problem(422, 'The endpoint cannot be as asked for; see errors.', { errors });
}

function tryUrl(text: string, policy: UrlPolicy, errors: FieldError[]): string | undefined {
  try {
    return checkUrl(text, policy).href;
  } catch (error) {
    if (!(error instanceof RefusedUrl)) throw error;
    errors.push({ path: 'url', message: `url ${error.message}` });
    return undefined;
  }
}

function tryFilter(filter: object | null, eventTypes: string[], errors: FieldError[]): string | null {
  if (filter === null) return null;
  const compiled = compileFilter(filter, eventTypes);
  if ('path' in compiled) return compiled.path;
  errors.push(...compiled.errors);
  return null;
}
