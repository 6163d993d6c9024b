import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';

/** One-line orders of many customers, each with an idempotency key of its own, as a real client sends them. */
export function orderPlacer(url, key, { connections }) {
  const pool = new Pool(url, { connections, pipelining: 1 });
  let count = 0;
  return {
    async place({ sku = 'KEYB-01', method = 'pm_card_visa' } = {}) {
      count += 1;
      const sentAt = performance.now();
      const { statusCode, body } = await pool.request({
        path: '/v1/orders',
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          'idempotency-key': randomUUID(),
        },
        body: JSON.stringify({
          customer: { email: `customer-${count % 1000}@example.com`, name: `Customer ${count % 1000}` },
          lines: [{ sku, quantity: 1 }],
          payment: { method },
          shippingAddress: { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' },
        }),
      });
      const answer = await body.json();
      return { status: statusCode, id: answer.id, sentAt, answeredAt: performance.now(), answer };
    },
    close: () => pool.close(),
  };
}
