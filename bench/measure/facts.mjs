import { randomUUID } from 'node:crypto';
import { connect, headers } from '@nats-io/transport-node';
import { natsAddress } from '../../tools/infrastructure/nats-address.mjs';

/** Data of `order.placed.v1`, about 1 KB with its envelope. */
export const orderPlaced = (orderId) => ({
  orderId,
  customer: { email: 'ada@example.com', name: 'Ada Lovelace' },
  lines: Array.from({ length: 7 }, (_, index) => ({
    sku: `SKU-${index}`,
    name: 'A product of the shop with a name',
    quantity: 1,
    unitPriceInCents: 9_900,
  })),
  totalInCents: 69_300,
  currency: 'USD',
  shippingAddress: { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' },
  placedAt: '2026-01-01T00:00:00.000Z',
});

/** States facts as a service would, each acknowledged by the stream. */
export async function factSource(natsUrl) {
  const connection = await connect({ ...natsAddress(natsUrl), noAsyncTraces: true });
  async function state() {
    const orderId = randomUUID();
    const envelope = headers();
    const attributes = {
      'ce-specversion': '1.0',
      'ce-id': randomUUID(),
      'ce-source': '/bench',
      'ce-type': 'order.placed.v1',
      'ce-subject': orderId,
      'ce-sequence': '1',
      'ce-time': new Date().toISOString(),
    };
    for (const [name, value] of Object.entries(attributes)) envelope.set(name, value);
    const answer = await connection.request('shop.order.placed.v1', JSON.stringify(orderPlaced(orderId)), {
      headers: envelope,
      timeout: 10_000,
    });
    if (answer.json().error) throw new Error(`The stream refused a fact: ${answer.string()}`);
  }
  return {
    state,
    async stateMany(count, { inFlight = 256 } = {}) {
      let left = count;
      await Promise.all(
        Array.from({ length: inFlight }, async () => {
          while (left-- > 0) await state();
        }),
      );
    },
    close: () => connection.close(),
  };
}
