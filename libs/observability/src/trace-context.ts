import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** What travels with a request and every fact it causes. */
export interface TraceContext {
  /** W3C Trace Context: `00-<trace id>-<span id>-<flags>`. */
  traceparent: string;
  /** The order's id. */
  correlationId?: string;
}

const traces = new AsyncLocalStorage<TraceContext>();

export function currentTrace(): TraceContext | undefined {
  return traces.getStore();
}

export function withTrace<T>(trace: TraceContext, work: () => T): T {
  return traces.run(trace, work);
}

/** For what may belong to no trace. */
export function inTrace<T>(trace: Partial<TraceContext> | undefined, work: () => T): T {
  return trace?.traceparent
    ? withTrace({ traceparent: trace.traceparent, correlationId: trace.correlationId }, work)
    : work();
}

/** For what is done on behalf of many, or of nobody: it must not belong to the trace of whoever came by first. */
export function withoutTrace<T>(work: () => T): T {
  return traces.exit(work);
}

/** What all spans of a trace have in common: its 32 hex digits. */
export const traceIdOf = (traceparent: string | undefined): string | undefined => traceparent?.slice(3, 35);

/** Whether a trace that begins here is recorded: gets a number from 0 to 1, evenly spread over traces. */
let isRecorded: (share: number) => boolean = () => true;

/** Says which of the traces that begin in this process are recorded. Those that come from elsewhere say it themselves. */
export function recordRootsIf(decide: (share: number) => boolean): void {
  isRecorded = decide;
}

/** A valid parent keeps its trace id and sampling and gets a new span; anything else starts a new trace. */
export function continueTrace(traceparent: string | undefined): string {
  const parent = traceparent === undefined ? null : traceparentPattern.exec(traceparent);
  if (parent === null) return newTrace();
  const [, , traceId, , flags] = parent as unknown as [string, string, string, string, string];
  return `00-${traceId}-${newSpanId()}-${Number.parseInt(flags, 16) & 1 ? '01' : '00'}`;
}

/**
 * For a caller whom nobody knows: its trace id is kept, so that it finds what it asked for. Whether the trace is recorded
 * is ours to say, and does not depend on the id either, which it may have chosen.
 */
export function adoptTrace(traceparent: string | undefined): string {
  const own = newTrace();
  const parent = traceparent === undefined ? null : traceparentPattern.exec(traceparent);
  return parent === null ? own : `00-${parent[2]}${own.slice(35)}`;
}

function newTrace(): string {
  const traceId = newTraceId();
  return `00-${traceId}-${newSpanId()}-${isRecorded(Number.parseInt(traceId.slice(0, 8), 16) / 2 ** 32) ? '01' : '00'}`;
}

/** Ids of only zeros and version ff are forbidden; versions after 00 may carry more fields, which we do not know. */
const traceparentPattern =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:(?<!^00.*)-.{0,200})?$/;

/** `randomUUID` draws from a pool of random bytes: a tenth of the cost of `randomBytes`. */
const newTraceId = (): string => randomUUID().replaceAll('-', '');

/** The parts of a UUID that hold neither its version nor its variant. */
const newSpanId = (): string => {
  const uuid = randomUUID();
  return uuid.slice(0, 8) + uuid.slice(28);
};
