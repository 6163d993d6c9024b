import { randomUUID } from 'node:crypto';
import { orderRequest } from '../clients/order-request.mjs';
import { shopDoor } from '../clients/shop-door.mjs';

/** One-line orders of many customers, each with an idempotency key of its own, as a real client sends them. */
export function orderPlacer(url, key, { connections }) {
  const door = shopDoor(url, key, { connections });
  let count = 0;
  return {
    async place({ sku = 'KEYB-01', method = 'pm_card_visa' } = {}) {
      count += 1;
      const customer = { email: `customer-${count % 1000}@example.com`, name: `Customer ${count % 1000}` };
      const lines = [{ sku, quantity: 1 }];
      const sentAt = performance.now();
      const { status, body } = await door.ask(
        'POST',
        '/v1/orders',
        orderRequest({ idempotencyKey: randomUUID(), customer, lines, method }),
      );
      return { status, id: body.id, sentAt, answeredAt: performance.now(), answer: body };
    },
    close: () => door.close(),
  };
}
