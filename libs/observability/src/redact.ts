const hidden = '[hidden]';

const secretName =
  /^keys?$|(authorization|cookie|password|passphrase|secrets?|tokens?|credentials?|apikeys?|privatekeys?|secretkeys?|sealingkeys?)$/;

/** Fields are of few names: looking each up again would be most of what a line costs. */
const known = new Map<string, boolean>();
const mostKnown = 1_000;

function isSecretName(name: string): boolean {
  let secret = known.get(name);
  if (secret === undefined) {
    secret = secretName.test(name.toLowerCase().replace(/[-_]/g, ''));
    if (known.size < mostKnown) known.set(name, secret);
  }
  return secret;
}

/** Hides credentials in URLs, bearer tokens and keys that are told by their prefix, wherever they stand in a text. */
export function maskSecrets(text: string): string {
  // What all of them have in it; ids and single words do not.
  if (!text.includes('://') && !text.includes('_') && !text.includes(' ')) return text;
  return text
    .replace(/:\/\/([^\s:/?#@"]*:)?[^\s/?#"]+@/g, (_, user = '') => `://${user}${hidden}@`)
    .replace(/\b(Bearer|Basic) +[\w.~+/=-]+/gi, `$1 ${hidden}`)
    .replace(/\b(sk|rk|whsec|whsk)_[\w+/=-]+/g, `$1_${hidden}`);
}

/** Deeper than this a value is cut off: a log line is not a dump, and cycles end here. */
const maxDepth = 6;
const maxItems = 100;

/** A copy that can be logged: secrets hidden by name and by shape, errors reduced to what tells what went wrong. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskSecrets(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maxDepth) return '[cut off]';
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, maxItems).map((item) => redact(item, depth + 1));
  if (value instanceof Map || value instanceof Set) return redact([...value], depth);

  const copy: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value).slice(0, maxItems)) {
    copy[name] = isSecretName(name) && field != null ? hidden : redact(field, depth + 1);
  }
  return copy;
}

/** Not every property of an error: a driver's hold the query's parameters, that is customers' names and addresses. */
function describeError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  return {
    type: name,
    message: maskSecrets(String(message)),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(stack === undefined ? {} : { stack: maskSecrets(String(stack)) }),
    ...(cause === undefined ? {} : { cause: redact(cause, depth + 1) }),
    ...(Array.isArray(errors) ? { errors: redact(errors, depth + 1) } : {}),
  };
}
