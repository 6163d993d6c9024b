import type { DatabaseTransaction } from '@hookshop/persistence';
import { noteColumns, type Note } from './note.js';
import type { TouchedCustomer } from './touched-customer.js';

/** What some payment facts of one order tell of it. */
export interface PaymentChange {
  orderId: string;
  capturedInCents: number;
  refundedInCents: number;
  first: string;
  last: string;
}

/**
 * Records payments with their orders, adds them up for the customers and keeps the notes. A payment can be heard of
 * before its order: then it counts as soon as somebody tells whose order it is.
 *
 * The orders are locked first. Both statements travel together; the second begins when the first has its locks, so it
 * sees the customer of every order that has one.
 */
export async function recordPayments(
  tx: DatabaseTransaction,
  changes: readonly PaymentChange[],
  notes: readonly Note[],
): Promise<TouchedCustomer[]> {
  const columns = [
    changes.map(({ orderId }) => orderId),
    changes.map(({ capturedInCents }) => capturedInCents),
    changes.map(({ refundedInCents }) => refundedInCents),
    changes.map(({ first }) => first),
    changes.map(({ last }) => last),
  ];
  const [, touched] = await Promise.all([
    tx.query(RECORD_WITH_ORDERS, columns),
    tx.query<TouchedCustomer>(ADD_UP_FOR_CUSTOMERS, [...columns, ...noteColumns(notes)]),
  ]);
  return touched;
}

const PAID = `unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])
       WITH ORDINALITY AS p (order_id, captured, refunded, first, last, place)`;

const RECORD_WITH_ORDERS = `
  INSERT INTO customer_orders AS o (order_id, captured_in_cents, refunded_in_cents, first_fact_at, last_fact_at)
  SELECT order_id, captured, refunded, first, last FROM ${PAID} ORDER BY order_id
  ON CONFLICT (order_id) DO UPDATE SET
    captured_in_cents = o.captured_in_cents + excluded.captured_in_cents,
    refunded_in_cents = o.refunded_in_cents + excluded.refunded_in_cents,
    first_fact_at = least(o.first_fact_at, excluded.first_fact_at),
    last_fact_at = greatest(o.last_fact_at, excluded.last_fact_at)`;

const ADD_UP_FOR_CUSTOMERS = `
  WITH touched AS (
    SELECT o.email_key, sum(p.captured) AS captured, sum(p.refunded) AS refunded,
           min(p.first) AS first, max(p.last) AS last, array_agg(o.order_id ORDER BY p.place) AS order_ids
    FROM ${PAID} JOIN customer_orders o USING (order_id)
    WHERE o.email_key IS NOT NULL
    GROUP BY o.email_key
  ), locked AS (
    SELECT c.id, touched.* FROM customers c JOIN touched USING (email_key)
    ORDER BY c.email_key FOR NO KEY UPDATE OF c
  ), customer AS (
    UPDATE customers c SET
      captured_in_cents = c.captured_in_cents + locked.captured,
      refunded_in_cents = c.refunded_in_cents + locked.refunded,
      first_seen_at = least(c.first_seen_at, locked.first),
      last_seen_at = greatest(c.last_seen_at, locked.last),
      version = c.version + 1
    FROM locked WHERE c.id = locked.id
    RETURNING c.*, locked.order_ids
  ), noted AS (
    INSERT INTO interactions (event_id, customer_id, order_id, type, time, detail)
    SELECT n.event_id, c.id, n.order_id, n.type, n.time, n.detail
    FROM unnest($6::uuid[], $7::uuid[], $8::text[], $9::timestamptz[], $10::jsonb[])
      AS n (event_id, order_id, type, time, detail)
    JOIN customer_orders USING (order_id) LEFT JOIN customers c USING (email_key)
  )
  SELECT id, email, name, segment, version, false AS registered,
         orders_confirmed AS "ordersConfirmed",
         captured_in_cents - refunded_in_cents AS "lifetimeValueInCents",
         order_ids AS "orderIds", '{}'::uuid[] AS "lateOrderIds"
  FROM customer`;
