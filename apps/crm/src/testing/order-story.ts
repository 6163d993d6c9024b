import type {
  OrderCancelled,
  OrderConfirmed,
  OrderDelivered,
  OrderPlaced,
  OrderShipped,
  PaymentCaptured,
  PaymentRefunded,
} from '@hookshop/contracts';
import type { Fact } from '@hookshop/messaging';
import { randomUUID } from 'node:crypto';

let happened = 0;

/** Every fact of an order, each a second after the one before, to be told in any order. */
export interface OrderStory {
  orderId: string;
  placed: Fact<OrderPlaced>;
  captured: Fact<PaymentCaptured>;
  confirmed: Fact<OrderConfirmed>;
  shipped: Fact<OrderShipped>;
  delivered: Fact<OrderDelivered>;
  cancelled: Fact<OrderCancelled>;
  refunded: Fact<PaymentRefunded>;
}

export function orderStory({
  email = 'ada@example.com',
  name = 'Ada Lovelace',
  cents = 9_900,
  currency = 'USD',
}: { email?: string; name?: string; cents?: number; currency?: string } = {}): OrderStory {
  const orderId = randomUUID();
  const paymentId = randomUUID();
  const fact = <T>(type: string, sequence: number, data: (time: string) => T): Fact<T> => {
    const time = new Date(Date.UTC(2026, 0, 1) + 1_000 * ++happened).toISOString();
    return {
      // As UUIDv7 do, ids follow the time.
      id: `01900000-0000-7000-8000-${happened.toString(16).padStart(12, '0')}`,
      type,
      source: type.startsWith('order') ? '/order' : '/payment',
      subject: type.startsWith('order') ? orderId : paymentId,
      sequence,
      time,
      correlationId: orderId,
      streamSequence: happened,
      data: data(time),
    };
  };
  const order = {
    orderId,
    customer: { email, name },
    lines: [{ sku: 'KEYB-01', name: 'Keyboard', quantity: 1, unitPriceInCents: cents }],
    totalInCents: cents,
    currency,
  };
  const shippingAddress = { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' };
  const payment = { paymentId, orderId, amountInCents: cents, currency };
  return {
    orderId,
    placed: fact('order.placed.v1', 1, (placedAt) => ({ ...order, shippingAddress, placedAt })),
    captured: fact('payment.captured.v1', 2, () => ({ ...payment, providerReference: 'pi_1' })),
    confirmed: fact('order.confirmed.v1', 3, (confirmedAt) => ({ ...order, shippingAddress, confirmedAt })),
    shipped: fact('order.shipped.v1', 4, (shippedAt) => ({
      ...order,
      carrier: 'Post',
      trackingNumber: '1',
      shippedAt,
    })),
    delivered: fact('order.delivered.v1', 5, (deliveredAt) => ({ ...order, deliveredAt })),
    cancelled: fact('order.cancelled.v1', 6, (cancelledAt) => ({
      ...order,
      reason: 'requested' as const,
      cancelledAt,
    })),
    refunded: fact('payment.refunded.v1', 3, () => ({ ...payment, providerReference: 're_1' })),
  };
}
