/**
 * Whether an endpoint wants a message and may have it, as SQL over both rows. Of an occurrence stated in several
 * versions an older one is only for who names it; a fact about one endpoint is for its partner's others.
 *
 * What jsonb refuses in a string, NUL and halves of surrogate pairs, is replaced before a filter looks at it: JSON
 * writes nothing else as \u0000 or \ud8….
 */
export const isSubscribed = (message: string, endpoint: string): string => `
  ${endpoint}.event_types && CASE WHEN ${message}.superseded THEN ARRAY[${message}.type]
    ELSE ARRAY[${message}.type, split_part(${message}.type, '.', 1) || '.*', '*'] END
  AND (${message}.partner_id IS NULL OR
    (${message}.partner_id = ${endpoint}.partner_id AND ${message}.about_endpoint_id IS DISTINCT FROM ${endpoint}.id))
  AND (${endpoint}.filter_path IS NULL OR coalesce(
    regexp_replace(${message}.body, '\\\\u(0000|d[89a-f][0-9a-f]{2})', '\\\\ufffd', 'gi')::jsonb @@ ${endpoint}.filter_path,
    false))`;
