/** What the partner wants to know of a body. */
export interface Message {
  type: string;
  orderId: string | null;
  /** When it happened, as the body has it. */
  timestamp: string | null;
  /** Null for CloudEvents without data. */
  data: unknown;
}

/** Reads `{ type, timestamp, data }` of Standard Webhooks, or a structured CloudEvent; undefined for all others. */
export function readMessage(body: string): Message | undefined {
  const { type, timestamp, time, data, correlationid } = (parse(body) ?? {}) as Record<string, unknown>;
  if (!isName(type)) return undefined;
  const { orderId = correlationid } = (data ?? {}) as { orderId?: unknown };
  const happened = timestamp ?? time;
  return {
    type,
    orderId: isName(orderId) ? orderId : null,
    timestamp: typeof happened === 'string' ? happened : null,
    data: data ?? null,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** PostgreSQL keeps no null characters, nor long texts in an index. */
const isName = (value: unknown): value is string => typeof value === 'string' && /^\P{Cc}{1,200}$/u.test(value);
