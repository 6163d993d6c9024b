import { randomUUID } from 'node:crypto';
import type { ShopClient } from './shop-client.js';

export interface Load {
  /** Ids of the orders answered with 201 so far. */
  readonly placed: string[];
  /** Stops placing new ones and waits until every begun request is answered for good. */
  stop(): Promise<void>;
}

/**
 * Customers who place one order after the other, as careful clients do: what was not answered is asked again with the
 * same Idempotency-Key until it is.
 */
export function startLoad(shop: ShopClient, customers: number, payments: readonly string[] = ['pm_card_visa']): Load {
  const placed: string[] = [];
  let open = true;
  const customer = async (number: number): Promise<void> => {
    for (let count = 0; open; count += 1) {
      const order = {
        idempotencyKey: randomUUID(),
        email: `load-${number}-${count % 5}@example.com`,
        payment: payments[count % payments.length],
      };
      let id: string | undefined;
      while (id === undefined) {
        const answer = await shop.tryPlacing(order).catch(() => undefined);
        if (answer?.status === 201) id = answer.body.id;
        else if (answer && ![409, 500, 503, 504].includes(answer.status)) {
          throw new Error(`The order was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
        } else await new Promise((resolve) => setTimeout(resolve, 50));
      }
      placed.push(id);
    }
  };
  const customersAtWork = Promise.all(Array.from({ length: customers }, (_, number) => customer(number)));
  return {
    placed,
    async stop() {
      open = false;
      await customersAtWork;
    },
  };
}
