import type { JsonSchema } from '@hookshop/contracts';
import { anything, id, oneOf, orNull, text, time, view, whole } from '../../documentation/schema-parts.js';
import type { AttemptView } from './attempt-view.js';
import type { WholeDeliveryView } from './deliveries.js';
import { deliveryStatuses, type DeliveryView } from './delivery-view.js';
import type { PolledEvent } from './poll-deliveries.js';

const ms = { type: 'number', minimum: 0 };
const msOrNull = orNull(ms);
const errorClasses = [
  'timeout',
  'connection',
  'tls',
  'dns',
  'blocked-address',
  'redirect',
  'response-too-large',
  'http-status',
];

const attempt = view<AttemptView>({
  number: whole,
  startedAt: time,
  durationMs: view<AttemptView['durationMs']>({
    dns: msOrNull,
    connect: msOrNull,
    tls: msOrNull,
    firstByte: msOrNull,
    total: ms,
  }),
  outcome: oneOf(['delivered', 'failed']),
  status: orNull(whole),
  responseHeaders: { type: 'object' },
  responseBody: text,
  truncated: { type: 'boolean' },
  error: {
    ...view<NonNullable<AttemptView['error']>>({ class: oneOf(errorClasses), message: text }),
    type: ['object', 'null'],
  },
  next: oneOf(['none', 'retry', 'disable']),
  nextAttemptAt: orNull(time),
});

const delivery: Record<keyof DeliveryView, JsonSchema> = {
  id,
  endpointId: id,
  webhookId: id,
  type: text,
  orderId: orNull(id),
  status: oneOf(deliveryStatuses),
  attempts: whole,
  nextAttemptAt: orNull(time),
  createdAt: time,
  deliveredAt: orNull(time),
};

const event = view<PolledEvent>({ id, type: text, timestamp: time, data: anything });

/** What these routes answer, by name. */
export const deliveryViews = {
  WebhookAttempt: attempt,
  WebhookDelivery: view<DeliveryView>(delivery),
  WholeWebhookDelivery: view<WholeDeliveryView>({
    ...delivery,
    attemptLog: { type: 'array', items: attempt },
    requestBody: text,
  }),
  PolledEvent: event,
  PolledEvents: view<{ data: PolledEvent[]; nextCursor: string }>({
    data: { type: 'array', items: event },
    nextCursor: text,
  }),
} satisfies Record<string, JsonSchema>;
