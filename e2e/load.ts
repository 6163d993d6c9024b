import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { OrderView } from '@hookshop/contracts';
import type { Parcel } from './sandbox-client.js';
import type { Answer, ShopClient } from './shop-client.js';

export interface Load {
  /** Ids of the orders answered with 201 so far. */
  readonly placed: string[];
  /** Stops placing new ones and waits until every begun request is answered for good. */
  stop(): Promise<void>;
}

/** Every so many-th order of a customer is cancelled: the one placed just now and the one before in turns. */
const CANCELLED = 8;
/** Of the parcels, by their number: one in so many is picked up, and one in twice as many delivered. */
const PICKED_UP = 3;
const AGAIN_MS = 50;

/**
 * Customers who place one order after the other, and cancel some, as careful clients do: what was not answered is asked
 * again, an order with the same Idempotency-Key, until it is. Meanwhile the carrier picks up some of the parcels.
 */
export function startLoad(shop: ShopClient, customers: number, payments: readonly string[] = ['pm_card_visa']): Load {
  const placed: string[] = [];
  let open = true;
  const customer = async (number: number): Promise<void> => {
    let before: { id: string } | undefined;
    for (let count = 1; open; count += 1) {
      const order = {
        idempotencyKey: randomUUID(),
        email: `load-${number}-${count % 5}@example.com`,
        payment: payments[count % payments.length],
      };
      const { body } = await untilAnswered(() => shop.tryPlacing(order), [201]);
      placed.push(body.id);
      if (count % CANCELLED === 0) {
        const regretted = (count / CANCELLED) % 2 === 0 ? body : (before ?? body);
        // Too late is an answer, too.
        await untilAnswered(() => shop.cancel(regretted), [202, 409]);
      }
      before = body;
    }
  };
  const carrier = async (): Promise<void> => {
    while (open) {
      await carry(shop).catch(() => undefined);
      await pause(AGAIN_MS);
    }
  };
  const atWork = Promise.all([...Array.from({ length: customers }, (_, number) => customer(number)), carrier()]);
  return {
    placed,
    async stop() {
      open = false;
      await atWork;
    },
  };
}

async function untilAnswered(ask: () => Promise<Answer<OrderView>>, final: number[]): Promise<Answer<OrderView>> {
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer && final.includes(answer.status)) return answer;
    if (answer && ![409, 500, 503, 504].includes(answer.status)) {
      throw new Error(`The order was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
    }
    await pause(AGAIN_MS);
  }
}

async function carry(shop: ShopClient): Promise<void> {
  for (const parcel of await shop.sandbox.parcels()) {
    if (parcel.status === 'booked' && isOneIn(PICKED_UP, parcel)) await shop.sandbox.pickUp(parcel);
    if (parcel.status !== 'picked_up' || !isOneIn(2 * PICKED_UP, parcel)) continue;
    // A parcel on its way back is nobody's: an order that is shipped cannot be cancelled any more.
    const { status } = await shop.get<OrderView>(`/v1/orders/${parcel.orderId}`);
    if (status === 'shipped') await shop.sandbox.deliver(parcel);
  }
}

const isOneIn = (count: number, { trackingNumber }: Parcel): boolean => Number(trackingNumber.slice(-4)) % count === 0;
