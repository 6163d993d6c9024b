import type { DatabaseTransaction } from '@hookshop/persistence';
import { noteColumns, type Note } from './note.js';
import type { TouchedCustomer } from './touched-customer.js';

/** What some facts of one order tell of it. Whatever their order, all facts together lead to the same state. */
export interface OrderChange {
  orderId: string;
  emailKey: string;
  email: string;
  name: string;
  confirmed: boolean;
  cancelled: boolean;
  first: string;
  last: string;
}

/**
 * Records orders, counts what is new about them for their customers, and keeps the notes. An order counts as placed
 * from the first fact that tells whose it is, and as confirmed while it is confirmed and not cancelled; what was paid for
 * it before counts from then on.
 *
 * Rows are locked in one order everywhere in this service: orders by id, then customers by e-mail address.
 */
export const recordOrders = (
  tx: DatabaseTransaction,
  changes: readonly OrderChange[],
  notes: readonly Note[],
): Promise<TouchedCustomer[]> =>
  tx.query<TouchedCustomer>(
    `WITH change AS (
       SELECT * FROM unnest(
         $1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::timestamptz[], $8::timestamptz[]
       ) WITH ORDINALITY AS c (order_id, email_key, email, name, confirmed, cancelled, first, last, place)
     ), recorded AS (
       INSERT INTO customer_orders AS o (order_id, email_key, confirmed, cancelled, first_fact_at, last_fact_at)
       SELECT order_id, email_key, confirmed, cancelled, first, last FROM change ORDER BY order_id
       ON CONFLICT (order_id) DO UPDATE SET
         email_key = coalesce(o.email_key, excluded.email_key),
         confirmed = o.confirmed OR excluded.confirmed,
         cancelled = o.cancelled OR excluded.cancelled,
         first_fact_at = least(o.first_fact_at, excluded.first_fact_at),
         last_fact_at = greatest(o.last_fact_at, excluded.last_fact_at)
       RETURNING
         o.order_id, o.email_key, o.first_fact_at, o.last_fact_at,
         old.order_id IS NOT NULL AND old.email_key IS NULL AS late,
         (old.email_key IS NULL)::int AS placed,
         (new.confirmed AND NOT new.cancelled)::int - coalesce(old.confirmed AND NOT old.cancelled, false)::int
           AS confirmed,
         CASE WHEN old.email_key IS NULL THEN new.captured_in_cents ELSE 0 END AS captured,
         CASE WHEN old.email_key IS NULL THEN new.refunded_in_cents ELSE 0 END AS refunded
     ), touched AS (
       SELECT r.email_key,
              (array_agg(c.email ORDER BY c.last DESC, c.name DESC, c.email DESC))[1] AS email,
              (array_agg(c.name ORDER BY c.last DESC, c.name DESC, c.email DESC))[1] AS name,
              max(c.last) AS named_at,
              min(r.first_fact_at) AS first, max(r.last_fact_at) AS last,
              sum(r.placed) AS placed, sum(r.confirmed) AS confirmed,
              sum(r.captured) AS captured, sum(r.refunded) AS refunded,
              array_agg(r.order_id ORDER BY c.place) AS order_ids,
              coalesce(array_agg(r.order_id) FILTER (WHERE r.late), '{}') AS late_order_ids
       FROM recorded r JOIN change c USING (order_id)
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
       FROM unnest($9::uuid[], $10::uuid[], $11::text[], $12::timestamptz[], $13::jsonb[])
         AS n (event_id, order_id, type, time, detail)
       JOIN recorded USING (order_id) JOIN customer USING (email_key)
     )
     SELECT id, customer.email, customer.name, segment, version, registered,
            orders_confirmed AS "ordersConfirmed",
            captured_in_cents - refunded_in_cents AS "lifetimeValueInCents",
            order_ids AS "orderIds", late_order_ids AS "lateOrderIds"
     FROM customer JOIN touched USING (email_key)`,
    [
      changes.map(({ orderId }) => orderId),
      changes.map(({ emailKey }) => emailKey),
      changes.map(({ email }) => email),
      changes.map(({ name }) => name),
      changes.map(({ confirmed }) => confirmed),
      changes.map(({ cancelled }) => cancelled),
      changes.map(({ first }) => first),
      changes.map(({ last }) => last),
      ...noteColumns(notes),
    ],
  );
