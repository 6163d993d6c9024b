import type { OrderCancelled, OrderConfirmed } from '@hookshop/contracts';

const order = (orderId: string) => ({
  orderId,
  customer: { email: 'ada@example.com', name: 'Ada Lovelace' },
  lines: [{ sku: 'KEYB-01', name: 'Keyboard', quantity: 2, unitPriceInCents: 9900 }],
  totalInCents: 19_800,
  currency: 'USD',
});

export const aConfirmedOrder = (orderId: string): OrderConfirmed => ({
  ...order(orderId),
  shippingAddress: { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' },
  confirmedAt: '2026-01-02T03:04:05.000Z',
});

export const aCancelledOrder = (orderId: string): OrderCancelled => ({
  ...order(orderId),
  reason: 'requested',
  cancelledAt: '2026-01-02T03:05:00.000Z',
});
