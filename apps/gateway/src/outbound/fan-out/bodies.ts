import type { Fact } from '@hookshop/messaging';
import { validate as isUuid } from 'uuid';
import type { Format, Payload } from '../endpoints/endpoint.js';

/** A fact that may leave the shop, and what its bodies are made of. */
export interface OutgoingMessage {
  /** The fact's id: the `webhook-id` of every attempt. */
  id: string;
  /** `order.placed.v1` */
  type: string;
  /** `/order` */
  source: string;
  /** Aggregate id. */
  subject: string;
  sequence: number;
  /** RFC 3339 UTC. */
  time: string;
  orderId: string | null;
  data: unknown;
}

export const messageOf = ({ id, type, source, subject, sequence, time, correlationId, data }: Fact<unknown>) =>
  ({
    id,
    type,
    source,
    subject,
    sequence,
    time,
    orderId: isUuid(correlationId) ? correlationId! : null,
    data,
  }) satisfies OutgoingMessage;

/**
 * The bytes that are signed and sent. `standard` is that of the Standard Webhooks specification, `cloudevents` the
 * structured JSON of CloudEvents 1.0; a `thin` payload only tells that something happened.
 */
export function bodyOf(format: Format, payload: Payload, message: OutgoingMessage): string {
  const { id, type, source, subject, sequence, time, orderId, data } = message;
  if (format === 'standard') {
    return JSON.stringify({ type, timestamp: time, data: payload === 'full' ? data : { id } });
  }
  return JSON.stringify({
    specversion: '1.0',
    id,
    source,
    type,
    subject,
    time,
    // As in the extension of that name: text, and in order when compared by length first.
    sequence: String(sequence),
    ...(orderId === null ? {} : { correlationid: orderId }),
    ...(payload === 'full' ? { datacontenttype: 'application/json', data } : {}),
  });
}

export const contentTypeOf = (format: Format): string =>
  format === 'standard' ? 'application/json' : 'application/cloudevents+json';

/** What every message is stored with; other bodies are kept beside it where an endpoint asks for them. */
export const isStoredBody = (format: Format, payload: Payload): boolean => format === 'standard' && payload === 'full';
