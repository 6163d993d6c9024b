import type { DatabaseTransaction } from '@hookshop/persistence';

/**
 * Gives interactions that were noted before anybody knew whose order it was to the customer. A statement of its own:
 * only one that begins when the orders are locked sees everything that was noted before.
 */
export const linkInteractions = (tx: DatabaseTransaction, orderIds: readonly string[]): Promise<unknown> =>
  tx.query(
    `UPDATE interactions i SET customer_id = c.id
     FROM customer_orders o JOIN customers c USING (email_key)
     WHERE i.order_id = ANY($1::uuid[]) AND i.customer_id IS NULL AND o.order_id = i.order_id`,
    [orderIds],
  );
