import {
  cancellationReasons,
  Customer,
  OrderLine,
  orderStatuses,
  schemaOf,
  segments,
  ShippingAddress,
  type CustomerView,
  type DeadLetterView,
  type EventClass,
  type InteractionView,
  type JsonSchema,
  type OrderView,
  type ProductView,
  type ReactionView,
} from '@hookshop/contracts';
import type { ApiKeyView } from '../api-keys/api-keys.js';
import { roles } from '../authentication/caller.js';
import type { TimelineEntry } from '../timeline/timelines.js';

const text = { type: 'string' };
const id = { type: 'string', format: 'uuid' };
const time = { type: 'string', format: 'date-time' };
const whole = { type: 'integer', minimum: 0 };
const sku = { type: 'string', examples: ['KEYB-01'] };
const currency = { type: 'string', examples: ['USD'] };
const anything = {};
const oneOf = (values: readonly string[]): JsonSchema => ({ type: 'string', enum: [...values] });
const orNull = ({ type, ...schema }: JsonSchema): JsonSchema => ({
  ...schema,
  type: [type, 'null'],
  ...(Array.isArray(schema['enum']) ? { enum: [...(schema['enum'] as unknown[]), null] } : {}),
});
const part = (type: new () => object): JsonSchema => schemaOf(type as EventClass);

/** Names every property of a view, no more and no fewer: the compiler sees to it. */
const view = <T extends object>(properties: Record<keyof T, JsonSchema>): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});

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
