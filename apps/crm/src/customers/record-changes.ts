import type { DatabaseTransaction } from '@hookshop/persistence';
import { noteColumns, type Note } from './note.js';
import type { TouchedCustomer } from './touched-customer.js';

/** What some facts tell of one order. Whatever their order, all facts of it together lead to the same state. */
export interface OrderChange {
  orderId: string;
  /** Whose order it is; facts about payments do not tell. */
  customer?: { emailKey: string; email: string; name: string };
  confirmed?: boolean;
  cancelled?: boolean;
  capturedInCents?: number;
  refundedInCents?: number;
  /** Times of the earliest and the latest of the facts. */
  first: string;
  last: string;
}

/**
 * Adds to what is known of orders, counts what is new about them for their customers, and keeps the notes. An order
 * counts from the first fact that tells whose it is, with all that was paid for it before; it counts as confirmed while
 * it is confirmed and not cancelled.
 *
 * Rows are locked in one order everywhere in this service: orders by id, then customers by e-mail address. Both are
 * written with ON CONFLICT, which sees what others have committed since the statement began: an order has a customer
 * only when that customer is there, so what payments propose as a customer is never inserted.
 */
export const recordChanges = (
  tx: DatabaseTransaction,
  changes: readonly OrderChange[],
  notes: readonly Note[],
): Promise<TouchedCustomer[]> =>
  tx.query<TouchedCustomer>(RECORD_CHANGES, [
    changes.map(({ orderId }) => orderId),
    changes.map(({ customer }) => customer?.emailKey ?? null),
    changes.map(({ customer }) => customer?.email ?? null),
    changes.map(({ customer }) => customer?.name ?? null),
    changes.map(({ confirmed = false }) => confirmed),
    changes.map(({ cancelled = false }) => cancelled),
    changes.map(({ capturedInCents = 0 }) => capturedInCents),
    changes.map(({ refundedInCents = 0 }) => refundedInCents),
    changes.map(({ first }) => first),
    changes.map(({ last }) => last),
    ...noteColumns(notes),
  ]);

const RECORD_CHANGES = `
  WITH change AS (
    SELECT * FROM unnest(
      $1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::bigint[], $8::bigint[],
      $9::timestamptz[], $10::timestamptz[]
    ) WITH ORDINALITY
      AS c (order_id, email_key, email, name, confirmed, cancelled, captured, refunded, first, last, place)
  ), recorded AS (
    INSERT INTO customer_orders AS o (
      order_id, email_key, confirmed, cancelled, captured_in_cents, refunded_in_cents, first_fact_at, last_fact_at)
    SELECT order_id, email_key, confirmed, cancelled, captured, refunded, first, last FROM change ORDER BY order_id
    ON CONFLICT (order_id) DO UPDATE SET
      email_key = coalesce(o.email_key, excluded.email_key),
      confirmed = o.confirmed OR excluded.confirmed,
      cancelled = o.cancelled OR excluded.cancelled,
      captured_in_cents = o.captured_in_cents + excluded.captured_in_cents,
      refunded_in_cents = o.refunded_in_cents + excluded.refunded_in_cents,
      first_fact_at = least(o.first_fact_at, excluded.first_fact_at),
      last_fact_at = greatest(o.last_fact_at, excluded.last_fact_at)
    RETURNING
      o.order_id, o.email_key, o.first_fact_at, o.last_fact_at,
      old.order_id IS NOT NULL AND old.email_key IS NULL AS late,
      (old.email_key IS NULL)::int AS placed,
      (new.confirmed AND NOT new.cancelled)::int - coalesce(old.confirmed AND NOT old.cancelled, false)::int
        AS confirmed,
      new.captured_in_cents - CASE WHEN old.email_key IS NULL THEN 0 ELSE old.captured_in_cents END AS captured,
      new.refunded_in_cents - CASE WHEN old.email_key IS NULL THEN 0 ELSE old.refunded_in_cents END AS refunded
  ), touched AS (
    SELECT r.email_key,
           coalesce((array_agg(c.email ORDER BY c.last DESC, c.name DESC, c.email DESC))[1], r.email_key) AS email,
           coalesce((array_agg(c.name ORDER BY c.last DESC, c.name DESC, c.email DESC))[1], '') AS name,
           coalesce(max(c.last) FILTER (WHERE c.email IS NOT NULL), '-infinity') AS named_at,
           min(r.first_fact_at) AS first, max(r.last_fact_at) AS last,
           sum(r.placed) AS placed, sum(r.confirmed) AS confirmed,
           sum(r.captured) AS captured, sum(r.refunded) AS refunded,
           array_agg(r.order_id ORDER BY c.place) AS order_ids,
           coalesce(array_agg(r.order_id) FILTER (WHERE r.late), '{}') AS late_order_ids
    FROM recorded r JOIN change c USING (order_id)
    WHERE r.email_key IS NOT NULL
    GROUP BY r.email_key
  ), customer AS (
    INSERT INTO customers AS c (
      email_key, email, name, named_at, first_seen_at, last_seen_at,
      orders_placed, orders_confirmed, captured_in_cents, refunded_in_cents)
    SELECT email_key, email, name, named_at, first, last, placed, confirmed, captured, refunded
    FROM touched ORDER BY email_key
    ON CONFLICT (email_key) DO UPDATE SET
      (email, name, named_at) = (
        SELECT email, name, named_at
        FROM (VALUES (c.email, c.name, c.named_at), (excluded.email, excluded.name, excluded.named_at))
          AS spelling (email, name, named_at)
        ORDER BY named_at DESC, name DESC, email DESC LIMIT 1),
      first_seen_at = least(c.first_seen_at, excluded.first_seen_at),
      last_seen_at = greatest(c.last_seen_at, excluded.last_seen_at),
      orders_placed = c.orders_placed + excluded.orders_placed,
      orders_confirmed = c.orders_confirmed + excluded.orders_confirmed,
      captured_in_cents = c.captured_in_cents + excluded.captured_in_cents,
      refunded_in_cents = c.refunded_in_cents + excluded.refunded_in_cents,
      version = c.version + 1
    RETURNING c.*, old.id IS NULL AS registered
  ), noted AS (
    INSERT INTO interactions (event_id, customer_id, order_id, type, time, detail)
    SELECT n.event_id, customer.id, n.order_id, n.type, n.time, n.detail
    FROM unnest($11::uuid[], $12::uuid[], $13::text[], $14::timestamptz[], $15::jsonb[])
      AS n (event_id, order_id, type, time, detail)
    JOIN recorded USING (order_id) LEFT JOIN customer USING (email_key)
  )
  SELECT id, customer.email, customer.name, segment, version, registered,
         orders_confirmed AS "ordersConfirmed",
         captured_in_cents - refunded_in_cents AS "lifetimeValueInCents",
         order_ids AS "orderIds", late_order_ids AS "lateOrderIds"
  FROM customer JOIN touched USING (email_key)`;
