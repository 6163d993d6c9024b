import type { QueryConfig } from 'pg';

/** More distinct texts than this are not prepared: somebody is building SQL from values. */
const MOST_PREPARED = 500;
const names = new Map<string, string>();

/** A statement that PostgreSQL parses and plans once per connection. */
export function prepared(text: string, values?: unknown[]): QueryConfig {
  let name = names.get(text);
  if (!name && names.size < MOST_PREPARED) names.set(text, (name = `s${names.size + 1}`));
  return { name, text, values };
}
