import { invalidRequest, missing } from './stripe-error.js';

/** A form or query as Stripe's SDKs write it: flat, nested names in brackets (`metadata[orderId]`, `types[0]`). */
export type Form = Readonly<Record<string, string | string[]>>;

const MOST_METADATA = { entries: 50, key: 40, value: 500 };

/** Stripe refuses what it does not know, so that a misspelt parameter is not silently without effect. */
export function refuseUnknown(form: Form, known: ReadonlySet<string>): void {
  for (const name of Object.keys(form)) {
    const bracket = name.indexOf('[');
    const root = bracket === -1 ? name : name.slice(0, bracket);
    if (!known.has(root)) {
      const param = root.slice(0, 100);
      throw invalidRequest(`Received unknown parameter: ${param}`, { param, code: 'parameter_unknown' });
    }
  }
}

/** An empty value means unset, as with Stripe. */
export function text(form: Form, param: string, longest = 5000): string | undefined {
  const value = form[param];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw invalidRequest(`Invalid string: ${param} is given more than once`, { param });
  if (value.length > longest) throw invalidRequest(`Invalid string: ${param} is longer than ${longest}`, { param });
  if (value.includes('\0')) throw invalidRequest(`Invalid string: ${param} contains a null character`, { param });
  return value;
}

export function requiredText(form: Form, param: string): string {
  const value = text(form, param);
  if (value === undefined) throw missing(param);
  return value;
}

export function flag(form: Form, param: string): boolean | undefined {
  const value = text(form, param);
  if (value === undefined) return undefined;
  if (value !== 'true' && value !== 'false') throw invalidRequest(`Invalid boolean: ${value.slice(0, 100)}`, { param });
  return value === 'true';
}

export function oneOf<T extends string>(form: Form, param: string, allowed: readonly T[]): T | undefined {
  const value = text(form, param);
  if (value !== undefined && !allowed.includes(value as T)) {
    throw invalidRequest(`Invalid ${param}: must be one of ${allowed.join(', ')}`, { param });
  }
  return value as T | undefined;
}

export function whole(form: Form, param: string, least: number, most: number): number | undefined {
  const value = text(form, param);
  if (value === undefined) return undefined;
  const code = 'parameter_invalid_integer';
  if (!/^-?\d{1,15}$/.test(value)) throw invalidRequest(`Invalid integer: ${value.slice(0, 100)}`, { param, code });
  const number = Number(value);
  if (number < least) throw invalidRequest(`This value must be greater than or equal to ${least}.`, { param, code });
  if (number > most) throw invalidRequest(`This value must be less than or equal to ${most}.`, { param, code });
  return number;
}

/** Everything under `metadata[…]`. */
export function metadata(form: Form): Record<string, string> {
  const found: [string, string][] = [];
  for (const name of Object.keys(form)) {
    if (!name.startsWith('metadata[')) continue;
    const param = name.slice(0, 100);
    const key = name.slice('metadata['.length, -1);
    if (!name.endsWith(']') || key === '' || /[[\]\0]/.test(key)) {
      throw invalidRequest('Metadata is one level of keys and values', { param });
    }
    if (key.length > MOST_METADATA.key) {
      throw invalidRequest(`Metadata keys can be up to ${MOST_METADATA.key} characters long`, { param });
    }
    const value = text(form, name, MOST_METADATA.value);
    if (value !== undefined) found.push([key, value]);
  }
  if (found.length > MOST_METADATA.entries) {
    throw invalidRequest(`Metadata holds up to ${MOST_METADATA.entries} keys`, { param: 'metadata' });
  }
  return Object.fromEntries(found);
}

/** Values of `name[0]`, `name[1]`, … and `name[]`. */
export function list(form: Form, param: string): string[] {
  const prefix = `${param}[`;
  const names = Object.keys(form).filter((name) => name.startsWith(prefix));
  return names.flatMap((name) => form[name]!);
}
