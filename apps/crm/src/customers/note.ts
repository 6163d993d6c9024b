import { Unprocessable, type Fact } from '@hookshop/messaging';

/** A fact of an order, as it is kept among a customer's interactions. */
export interface Note {
  eventId: string;
  orderId: string;
  type: string;
  /** RFC 3339 UTC. */
  time: string;
  detail: Record<string, unknown>;
}

/** @throws Unprocessable when the fact does not tell its time */
export function noteOf(fact: Fact<{ orderId: string }>, detail: Record<string, unknown>): Note {
  const time = new Date(fact.time);
  if (Number.isNaN(time.getTime())) throw new Unprocessable(`"${fact.time.slice(0, 64)}" is not a time`);
  return { eventId: fact.id, orderId: fact.data.orderId, type: fact.type, time: time.toISOString(), detail };
}

/** Columns of several notes, for unnest. */
export const noteColumns = (notes: readonly Note[]): unknown[][] => [
  notes.map(({ eventId }) => eventId),
  notes.map(({ orderId }) => orderId),
  notes.map(({ type }) => type),
  notes.map(({ time }) => time),
  notes.map(({ detail }) => JSON.stringify(detail)),
];

/** Earliest and latest time of each order's notes, orders in the order in which they come first. */
export function spansOf(notes: readonly Note[]): Map<string, { first: string; last: string }> {
  const spans = new Map<string, { first: string; last: string }>();
  for (const { orderId, time } of notes) {
    const span = spans.get(orderId);
    if (!span) spans.set(orderId, { first: time, last: time });
    else if (time < span.first) span.first = time;
    else if (time > span.last) span.last = time;
  }
  return spans;
}
