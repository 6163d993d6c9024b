import type { OrderView, PlaceOrderBody } from '@hookshop/contracts';

export const orderBody = (changes: Partial<PlaceOrderBody> = {}): PlaceOrderBody => ({
  customer: { email: 'ada@example.com', name: 'Ada Lovelace' },
  lines: [{ sku: 'KEYB-01', quantity: 1 }],
  payment: { method: 'pm_card_visa' },
  shippingAddress: { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' },
  ...changes,
});

/** What order answers. */
export const orderView = (id: string, changes: Partial<OrderView> = {}): OrderView => ({
  id,
  status: 'placed',
  customer: { email: 'ada@example.com', name: 'Ada Lovelace' },
  lines: [{ sku: 'KEYB-01', name: 'Keyboard', quantity: 1, unitPriceInCents: 9_900 }],
  totalInCents: 9_900,
  currency: 'USD',
  cancellationReason: null,
  shippingAddress: { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' },
  placedAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  ...changes,
});
