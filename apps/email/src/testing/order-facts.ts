import { OrderCancelled, OrderConfirmed, OrderShipped } from '@hookshop/contracts';
import type { Fact } from '@hookshop/messaging';
import { v7 as uuidv7 } from 'uuid';

const about = (orderId: string) => ({
  orderId,
  customer: { email: `ada+${orderId}@example.com`, name: 'Ada Lovelace' },
  lines: [{ sku: 'KEYB-01', name: 'Keyboard', quantity: 2, unitPriceInCents: 9900 }],
  totalInCents: 19800,
  currency: 'USD',
});

const fact = <T>(type: string, orderId: string, sequence: number, data: T): Fact<T> => ({
  id: uuidv7(),
  type,
  source: '/order',
  subject: orderId,
  sequence,
  time: new Date().toISOString(),
  correlationId: orderId,
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  streamSequence: 1,
  data,
});

export const confirmed = (orderId: string, sequence = 3): Fact<OrderConfirmed> =>
  fact('order.confirmed.v1', orderId, sequence, {
    ...about(orderId),
    shippingAddress: { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' },
    confirmedAt: '2026-03-01T12:00:00.000Z',
  });

export const cancelled = (orderId: string, sequence = 4): Fact<OrderCancelled> =>
  fact('order.cancelled.v1', orderId, sequence, {
    ...about(orderId),
    reason: 'requested',
    cancelledAt: '2026-03-01T12:00:00.000Z',
  });

export const shipped = (orderId: string, sequence = 4): Fact<OrderShipped> =>
  fact('order.shipped.v1', orderId, sequence, {
    ...about(orderId),
    carrier: 'Parcel & Co',
    trackingNumber: 'PC-00042',
    shippedAt: '2026-03-01T12:00:00.000Z',
  });
