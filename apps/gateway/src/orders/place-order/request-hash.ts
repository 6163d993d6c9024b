import { hash } from 'node:crypto';

/** Tells whether two requests ask for the same; the order of properties makes no difference, that of lines does. */
export const requestHash = (body: object): Buffer => hash('sha256', JSON.stringify(body, inOrder), 'buffer');

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const properties = value as Record<string, unknown>;
  const sorted: Record<string, unknown> = {};
  for (const name of Object.keys(properties).sort()) sorted[name] = properties[name];
  return sorted;
}
