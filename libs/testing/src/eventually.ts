import { setTimeout as pause } from 'node:timers/promises';
import { inspect, isDeepStrictEqual } from 'node:util';

/** Properties to find in a value, at any depth; arrays have the length given, their elements are matched likewise. */
export type Expected<T> = T extends readonly (infer Element)[]
  ? readonly Expected<Element>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Expected<T[Key]> }
    : T;

const POLL_MS = 20;

/**
 * Reads until the value is as expected, then returns it. A read that throws is tried again.
 *
 * @param expected a predicate, or the properties to find in the value; left out, any truthy value will do
 * @throws Error that shows the last value, or has the last failure of `read` as its cause
 */
export async function eventually<T>(
  read: () => Promise<T> | T,
  expected: Expected<NonNullable<T>> | ((value: T) => boolean) = (value: T) => Boolean(value),
  { timeoutMs = 10_000 }: { timeoutMs?: number } = {},
): Promise<T> {
  const holds =
    typeof expected === 'function' ? (expected as (value: T) => boolean) : (value: T) => matches(value, expected);
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const outcome = await attempt(read);
    if ('value' in outcome && holds(outcome.value)) return outcome.value;
    if (performance.now() >= deadline) throw timedOut(outcome, expected, timeoutMs);
    await pause(POLL_MS);
  }
}

type Outcome<T> = { value: T } | { failure: unknown };

async function attempt<T>(read: () => Promise<T> | T): Promise<Outcome<T>> {
  try {
    return { value: await read() };
  } catch (failure) {
    return { failure };
  }
}

/** Does the value have all that is expected of it? */
export function matches(value: unknown, expected: unknown): boolean {
  if (expected === null || typeof expected !== 'object') return Object.is(value, expected);
  if (value === null || typeof value !== 'object') return false;
  if (Array.isArray(expected)) {
    return (
      Array.isArray(value) &&
      value.length === expected.length &&
      expected.every((element, index) => matches(value[index], element))
    );
  }
  if (!isRecord(expected)) return isDeepStrictEqual(value, expected);
  return Object.entries(expected).every(([key, part]) => matches((value as Record<string, unknown>)[key], part));
}

/** Told by its tag: what came from outside a spec's own context, by fetch for example, has another Object.prototype. */
const isRecord = (value: object) => Object.prototype.toString.call(value) === '[object Object]';

function timedOut(outcome: Outcome<unknown>, expected: unknown, timeoutMs: number): Error {
  const wanted = typeof expected === 'function' ? 'what was expected' : inspect(expected, { depth: 6 });
  const last =
    'value' in outcome
      ? `the last value was ${inspect(outcome.value, { depth: 6 })}`
      : `the last read failed: ${outcome.failure instanceof Error ? outcome.failure.message : inspect(outcome.failure)}`;
  return new Error(
    `Not ${wanted} within ${timeoutMs} ms; ${last}`,
    'failure' in outcome ? { cause: outcome.failure } : {},
  );
}
