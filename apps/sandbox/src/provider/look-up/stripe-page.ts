import { looksLikeId } from '../new-id.js';
import { type Form, text, whole } from '../stripe/form.js';
import { invalidRequest } from '../stripe/stripe-error.js';

export const limitOf = (query: Form): number => whole(query, 'limit', 1, 100) ?? 10;

/** The last id of the page before. */
export function startingAfter(query: Form, prefix: 'pi' | 're'): string | undefined {
  const id = text(query, 'starting_after');
  if (id !== undefined && !looksLikeId(prefix, id)) {
    throw invalidRequest(`Invalid starting_after: '${id.slice(0, 100)}'`, { param: 'starting_after' });
  }
  return id;
}
