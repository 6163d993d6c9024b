import {
  cancellationReasons,
  Customer,
  OrderLine,
  orderStatuses,
  segments,
  ShippingAddress,
  type CustomerView,
  type DeadLetterView,
  type InteractionView,
  type JsonSchema,
  type OrderView,
  type ProductView,
  type ReactionView,
} from '@hookshop/contracts';
import type { ApiKeyView } from '../api-keys/api-keys.js';
import { roles } from '../authentication/caller.js';
import { receiptViews } from '../inbound/receipts/receipt-views.js';
import { deliveryViews } from '../outbound/deliveries/delivery-views.js';
import { endpointViews } from '../outbound/endpoints/endpoint-views.js';
import { eventTypeViews } from '../outbound/subscriptions/event-type-views.js';
import type { TimelineEntry } from '../timeline/timelines.js';
import { anything, currency, id, oneOf, orNull, part, sku, text, time, view, whole } from './schema-parts.js';

/** What routes answer, by name. */
export const views = {
  Order: view<OrderView>({
    id,
    status: oneOf(orderStatuses),
    customer: part(Customer),
    lines: { type: 'array', items: part(OrderLine) },
    totalInCents: whole,
    currency,
    cancellationReason: orNull(oneOf(cancellationReasons)),
    shippingAddress: part(ShippingAddress),
    placedAt: time,
    updatedAt: time,
  }),
  TimelineEntry: view<TimelineEntry>({ id, type: text, source: text, time, data: anything }),
  Product: view<ProductView>({ sku, name: text, priceInCents: whole, currency, available: whole, reserved: whole }),
  Customer: view<CustomerView>({
    id,
    email: text,
    name: text,
    segment: oneOf(segments),
    ordersPlaced: whole,
    ordersConfirmed: whole,
    lifetimeValueInCents: { type: 'integer' },
    currency,
    firstSeenAt: time,
    lastSeenAt: time,
  }),
  Interaction: view<InteractionView>({ type: text, orderId: orNull(id), time, detail: { type: 'object' } }),
  DeadLetter: view<DeadLetterView>({
    id,
    service: text,
    reaction: text,
    event: view<DeadLetterView['event']>({ id, type: text, subject: text, time, data: anything }),
    reason: oneOf(['invalid', 'unprocessable', 'exhausted']),
    error: text,
    attempts: {
      type: 'array',
      items: view<DeadLetterView['attempts'][number]>({ number: whole, at: time, error: text }),
    },
    deadAt: time,
  }),
  Reaction: view<ReactionView>({
    service: text,
    reaction: text,
    pending: whole,
    inFlight: whole,
    redelivered: whole,
    oldestAgeSeconds: orNull(whole),
    deadLetters: whole,
  }),
  ApiKey: view<ApiKeyView>({ id, role: oneOf(roles), partnerId: orNull(text), name: text, createdAt: time }),
  NewApiKey: view<ApiKeyView & { key: string }>({
    id,
    role: oneOf(roles),
    partnerId: orNull(text),
    name: text,
    createdAt: time,
    key: { type: 'string', description: 'Shown this once; only its hash is kept.' },
  }),
  Matched: view<{ matched: number }>({ matched: whole }),
  ...eventTypeViews,
  ...receiptViews,
  ...endpointViews,
  ...deliveryViews,
} satisfies Record<string, JsonSchema>;

export type ViewName = keyof typeof views;

/** RFC 9457 problem details. */
export const problemSchema: JsonSchema = {
  type: 'object',
  properties: {
    type: text,
    title: text,
    status: { type: 'integer' },
    detail: text,
    instance: text,
    errors: { type: 'array', items: view<{ path: string; message: string }>({ path: text, message: text }) },
  },
  required: ['type', 'title', 'status', 'detail'],
};
