import type { Stripe } from 'stripe';
import { validate as isUuid } from 'uuid';
import { type ChargeNews, MalformedNews, type News, type RefundNews } from './news.js';
import { readIntent, readRefund } from './read-answers.js';

type EventType = Stripe.Event['type'];
type Fields = Readonly<Record<string, unknown>>;

/** The events the shop listens to, with what they carry. Only these may become labels of metrics. */
const carried = {
  'payment_intent.succeeded': 'payment_intent',
  'payment_intent.canceled': 'payment_intent',
  'payment_intent.payment_failed': 'payment_intent',
  'charge.refunded': 'charge',
  'charge.refund.updated': 'refund',
  'refund.created': 'refund',
  'refund.updated': 'refund',
  'refund.failed': 'refund',
} as const satisfies Partial<Record<EventType, string>>;

const isHeard = (type: string): type is keyof typeof carried => Object.hasOwn(carried, type);

/**
 * Reads the body of a webhook. Its signature tells who sent it and nothing about its shape.
 *
 * @returns undefined for an event that means nothing to the shop
 * @throws MalformedNews
 */
export function readNews(body: Buffer): News | undefined {
  const event = parse(body);
  const { type } = event;
  if (event['object'] !== 'event' || typeof type !== 'string') throw new MalformedNews('it has no type');
  if (!isHeard(type)) return undefined;
  const subject = isFields(event['data']) ? event['data']['object'] : undefined;
  const kind = carried[type];
  if (!isFields(subject) || subject['object'] !== kind) throw new MalformedNews(`${type} does not carry a ${kind}`);
  if (kind === 'payment_intent') return newsOfIntent(type, subject);
  return kind === 'charge' ? newsOfCharge(type, subject) : newsOfRefund(type, subject);
}

function newsOfIntent(type: string, intent: Fields): ChargeNews {
  const reference = idIn(intent, 'id');
  if (reference === undefined) throw new MalformedNews(`the intent of ${type} has no usable id`);
  return {
    about: 'charge',
    type,
    orderId: orderIdOf(intent),
    reference,
    outcome: readIntent(intent as unknown as Stripe.PaymentIntent),
    amountReceived: amountIn(intent, 'amount_received', type),
    currency: currencyOf(intent, type),
  };
}

/** A charge knows how much of it went back, and not with which refund. */
function newsOfCharge(type: string, charge: Fields): RefundNews {
  return {
    about: 'refund',
    type,
    orderId: orderIdOf(charge),
    reference: idIn(charge, 'payment_intent'),
    refundReference: null,
    status: charge['refunded'] === true ? 'returned' : 'open',
    amount: amountIn(charge, 'amount_refunded', type),
  };
}

function newsOfRefund(type: string, refund: Fields): RefundNews {
  const refundReference = idIn(refund, 'id');
  if (refundReference === undefined) throw new MalformedNews(`the refund of ${type} has no usable id`);
  const { is } = readRefund(refund as unknown as Stripe.Refund);
  return {
    about: 'refund',
    type,
    orderId: orderIdOf(refund),
    reference: idIn(refund, 'payment_intent'),
    refundReference,
    status: is === 'refunded' ? 'returned' : is === 'failed' ? 'failed' : 'open',
    amount: amountIn(refund, 'amount', type),
  };
}

function parse(body: Buffer): Fields {
  let event: unknown;
  try {
    event = JSON.parse(body.toString());
  } catch {
    throw new MalformedNews('it is not JSON');
  }
  if (!isFields(event)) throw new MalformedNews('it is not a JSON object');
  return event;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Ids of the provider are words; anything else would end in statements, facts and logs. */
function idIn(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' && /^\w{1,200}$/.test(value) ? value : undefined;
}

/** Others in the same account may call something of theirs an order id, too; the shop's are UUIDs. */
function orderIdOf({ metadata }: Fields): string | undefined {
  const orderId = isFields(metadata) ? metadata['orderId'] : undefined;
  return typeof orderId === 'string' && isUuid(orderId) ? orderId.toLowerCase() : undefined;
}

function amountIn(fields: Fields, name: string, type: string): number {
  const amount = fields[name];
  if (!Number.isSafeInteger(amount)) throw new MalformedNews(`${type} has no ${name}`);
  return amount as number;
}

function currencyOf({ currency }: Fields, type: string): string {
  if (typeof currency !== 'string' || !/^[a-z]{3}$/i.test(currency)) throw new MalformedNews(`${type} has no currency`);
  return currency.toUpperCase();
}
