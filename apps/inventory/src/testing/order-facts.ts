import type { OrderCancelled, OrderConfirmed, OrderPlaced } from '@hookshop/contracts';
import type { Fact } from '@hookshop/messaging';
import { randomUUID } from 'node:crypto';

let place = 0;

function fact<T>(type: string, orderId: string, sequence: number, data: T): Fact<T> {
  const time = new Date().toISOString();
  const id = randomUUID();
  return {
    id,
    type,
    source: '/order',
    subject: orderId,
    sequence,
    time,
    correlationId: orderId,
    streamSequence: ++place,
    data,
  };
}

const placedAt = '2026-01-01T00:00:00.000Z';

/** `placed({ 'KEYB-01': 2 })`: somebody orders two of them. */
export function placed(pieces: Record<string, number>, orderId = randomUUID()): Fact<OrderPlaced> {
  const lines = Object.entries(pieces).map(([sku, quantity]) => ({ sku, quantity, name: sku, unitPriceInCents: 100 }));
  return fact('order.placed.v1', orderId, 1, {
    orderId,
    customer: { email: 'ada@example.com', name: 'Ada Lovelace' },
    lines,
    totalInCents: lines.reduce((total, { quantity }) => total + 100 * quantity, 0),
    currency: 'USD',
    shippingAddress: { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' },
    placedAt,
  });
}

export const confirmed = ({ data }: Fact<OrderPlaced>, sequence = 3): Fact<OrderConfirmed> => {
  const { placedAt: confirmedAt, ...order } = data;
  return fact('order.confirmed.v1', data.orderId, sequence, { ...order, confirmedAt });
};

export const cancelled = ({ data }: Fact<OrderPlaced>, sequence = 4): Fact<OrderCancelled> => {
  const { placedAt: cancelledAt, shippingAddress: _, ...order } = data;
  return fact('order.cancelled.v1', data.orderId, sequence, { ...order, reason: 'requested', cancelledAt });
};
