import { MAX_QUANTITY, type PlaceOrder } from '@hookshop/contracts';
import { refuse } from '@hookshop/messaging';
import { Order } from '../order.js';
import type { Price } from '../prices/read-prices.js';

/** This service has not heard of some products yet. */
export class UnknownProducts extends Error {
  constructor(readonly skus: string[]) {
    super(`No price is known for ${skus.join(', ')}`);
    this.name = 'UnknownProducts';
  }
}

/**
 * Makes an order of a request at today's prices. Lines of one product are summed.
 *
 * @throws UnknownProducts, or a 422 refusal for amounts and mixtures no payment can carry
 */
export function priceOrder(request: PlaceOrder, prices: Map<string, Price>, now: Date): Order {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of request.lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  const unknown = [...quantities.keys()].filter((sku) => !prices.has(sku));
  if (unknown.length > 0) throw new UnknownProducts(unknown);

  const lines = [...quantities].map(([sku, quantity]) => {
    const { name, priceInCents } = prices.get(sku)!;
    return { sku, name, quantity, unitPriceInCents: priceInCents };
  });
  const tooMany = lines.find(({ quantity }) => quantity > MAX_QUANTITY);
  if (tooMany) {
    throw refuse(
      422,
      `${tooMany.sku} is ordered ${tooMany.quantity} times; at most ${MAX_QUANTITY} can be ordered at once.`,
    );
  }
  const currencies = new Set([...quantities.keys()].map((sku) => prices.get(sku)!.currency));
  if (currencies.size > 1) {
    throw refuse(422, `The products are sold in ${[...currencies].join(' and ')}; place one order per currency.`);
  }
  const totalInCents = lines.reduce((sum, { quantity, unitPriceInCents }) => sum + quantity * unitPriceInCents, 0);
  if (!Number.isSafeInteger(totalInCents)) {
    throw refuse(422, 'The total of the order is larger than any payment can be; order less.');
  }
  return Object.assign(new Order(), {
    id: request.orderId,
    status: 'placed',
    version: 1,
    customer: request.customer,
    lines,
    totalInCents,
    currency: [...currencies][0],
    paymentMethod: request.payment.method,
    shippingAddress: request.shippingAddress,
    cancellationReason: null,
    placedAt: now,
    updatedAt: now,
  } satisfies Partial<Record<keyof Order, unknown>>);
}
