import type { DatabaseTransaction } from '@hookshop/persistence';
import type { TouchedCustomer } from './touched-customer.js';

/**
 * Gives interactions that were noted before anybody knew whose order it was to the customer. A statement of its own:
 * only one that begins when the orders are locked sees everything that was noted before.
 */
export const linkInteractions = (
  tx: DatabaseTransaction,
  customers: readonly Pick<TouchedCustomer, 'id' | 'lateOrderIds'>[],
): Promise<unknown> =>
  tx.query(
    `UPDATE interactions SET customer_id = late.customer_id
     FROM unnest($1::uuid[], $2::uuid[]) AS late (order_id, customer_id)
     WHERE interactions.order_id = late.order_id AND interactions.customer_id IS NULL`,
    [
      customers.flatMap(({ lateOrderIds }) => lateOrderIds),
      customers.flatMap(({ id, lateOrderIds }) => lateOrderIds.map(() => id)),
    ],
  );
