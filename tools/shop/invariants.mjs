import pg from 'pg';
import { check } from './check.mjs';
import {
  bookedOnce,
  everythingIsTold,
  parcelsMatchOrders,
  shipmentsMatchCarrier,
  toldIsReceived,
} from './third-party-invariants.mjs';

/**
 * What must hold whenever the shop is at rest, whatever happened to it: read from every service's database and from
 * the third parties' own books. Each check names what it found, not only that something is wrong.
 *
 * @param {import('./shop.d.mts').ShopDescription} shop
 * @param {{ handOverWasKilled?: boolean, provokedDeadLetters?: number }} [allowed] copies of a mail are allowed where an
 *   end of its hand-over was killed: between the server's taking it, its 250, and the mailer's commit
 * @returns {Promise<{ name: string, ok: boolean, detail: string }[]>}
 */
export async function checkInvariants(shop, { handOverWasKilled = false, provokedDeadLetters = 0 } = {}) {
  const books = await openBooks(shop.databases);
  try {
    return [
      await ordersAddUp(books),
      await nothingUnfinished(books),
      await stockIsNeverNegative(books),
      await soldIsCommitted(books),
      await chargedOnce(books),
      await moneyMatchesOrders(books),
      await paymentsMatchProvider(books),
      await bookedOnce(books),
      await parcelsMatchOrders(books),
      await shipmentsMatchCarrier(books),
      await everythingIsTold(books),
      await toldIsReceived(books),
      await oneMailPerOrderAndKind(books, handOverWasKilled),
      await customersMatchOrders(books),
      await timelinesAreWhole(books),
      await factsAreOwedToPartners(books),
      await deliveredWasReceived(books),
      await outboxesAreEmpty(books),
      await noDeadLetters(books, provokedDeadLetters),
    ];
  } finally {
    await books.close();
  }
}

/** The names of the invariants that do not hold, with what was found. */
export const broken = (checks) => checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);

async function openBooks(databases) {
  const pools = Object.fromEntries(
    Object.entries(databases).map(([service, url]) => [service, new pg.Pool({ connectionString: url, max: 1 })]),
  );
  const read = async (service, sql, values) => (await pools[service].query(sql, values)).rows;
  const one = async (service, sql) => (await read(service, sql))[0];
  return {
    services: Object.keys(pools),
    read,
    one,
    close: () => Promise.all(Object.values(pools).map((p) => p.end())),
  };
}

async function ordersAddUp({ read, one }) {
  const rows = await read('order', `SELECT status, count(*)::int AS count FROM orders GROUP BY status`);
  const known = ['placed', 'awaiting-payment', 'confirmed', 'shipped', 'delivered', 'cancelled'];
  const sum = rows.filter(({ status }) => known.includes(status)).reduce((total, { count }) => total + count, 0);
  const { placed } = await one('order', `SELECT count(*)::int AS placed FROM orders`);
  return check('placed orders are the sum over all states', sum === placed, { placed, states: rows });
}

async function nothingUnfinished({ one }) {
  const { open } = await one(
    'order',
    `SELECT count(*)::int AS open FROM orders WHERE status IN ('placed', 'awaiting-payment')`,
  );
  return check('no order is left on the way', open === 0, `${open} on the way`);
}

async function stockIsNeverNegative({ read }) {
  const rows = await read(
    'inventory',
    `SELECT sku, available, reserved, committed, received FROM products
     WHERE available < 0 OR reserved < 0 OR committed < 0 OR available + reserved + committed <> received`,
  );
  return check('stock is never negative and no piece is lost', rows.length === 0, rows);
}

async function soldIsCommitted({ read }) {
  const sold = await read(
    'order',
    `SELECT line ->> 'sku' AS sku, sum((line ->> 'quantity')::bigint)::text AS pieces
     FROM orders, jsonb_array_elements(lines) AS line
     WHERE status IN ('confirmed', 'shipped', 'delivered') GROUP BY 1 ORDER BY 1`,
  );
  const committed = await read(
    'inventory',
    `SELECT sku, committed::text AS pieces FROM products WHERE committed > 0 ORDER BY 1`,
  );
  return check('sold is committed', JSON.stringify(sold) === JSON.stringify(committed), { sold, committed });
}

async function chargedOnce({ read }) {
  const rows = await read(
    'sandbox',
    `SELECT order_id, count(*)::int AS charges FROM payment_intents
     WHERE captured_in_cents > 0 GROUP BY order_id HAVING count(*) > 1 LIMIT 5`,
  );
  return check('each order is charged at most once at the provider', rows.length === 0, rows);
}

/** Money kept is what confirmed orders cost; money of cancelled orders went back. */
async function moneyMatchesOrders({ one, read }) {
  const { owed } = await one(
    'order',
    `SELECT coalesce(sum(total_in_cents), 0)::text AS owed FROM orders
     WHERE status IN ('confirmed', 'shipped', 'delivered')`,
  );
  const { kept } = await one(
    'sandbox',
    `SELECT coalesce(sum(captured_in_cents - refunded_in_cents), 0)::text AS kept FROM payment_intents`,
  );
  const confirmed = await read('order', `SELECT id FROM orders WHERE status IN ('confirmed', 'shipped', 'delivered')`);
  const paid = await read(
    'sandbox',
    `SELECT order_id FROM payment_intents WHERE captured_in_cents > refunded_in_cents`,
  );
  const paidFor = new Set(paid.map(({ order_id }) => order_id));
  const unpaid = confirmed.filter(({ id }) => !paidFor.has(id)).map(({ id }) => id);
  return check(
    'captured = confirmed + shipped + delivered + refunded',
    owed === kept && unpaid.length === 0 && paidFor.size === confirmed.length,
    { owed, kept, confirmed: confirmed.length, paid: paidFor.size, unpaid: unpaid.slice(0, 5) },
  );
}

async function paymentsMatchProvider({ one }) {
  const ours = await one(
    'payment',
    `SELECT count(*) FILTER (WHERE status = 'captured')::int AS captured,
            count(*) FILTER (WHERE status = 'refunded')::int AS refunded,
            count(*) FILTER (WHERE status NOT IN ('captured', 'refunded', 'declined', 'cancelled'))::int AS unfinished
     FROM payments`,
  );
  const theirs = await one(
    'sandbox',
    `SELECT count(*) FILTER (WHERE captured_in_cents > 0 AND refunded_in_cents = 0)::int AS captured,
            count(*) FILTER (WHERE refunded_in_cents > 0)::int AS refunded FROM payment_intents`,
  );
  const ok = ours.captured === theirs.captured && ours.refunded === theirs.refunded && ours.unfinished === 0;
  return check("our payments are the provider's", ok, { ours, theirs });
}

async function oneMailPerOrderAndKind({ read, one }, handOverWasKilled) {
  const unfinished = await one('email', `SELECT count(*)::int AS count FROM emails WHERE status = 'pending'`);
  const sent = await read('email', `SELECT message_id FROM emails WHERE status = 'sent'`);
  const delivered = await read('sandbox', `SELECT message_id, count(*)::int AS copies FROM mails GROUP BY message_id`);
  const arrived = new Map(delivered.map(({ message_id, copies }) => [message_id, copies]));
  const missing = sent.filter(({ message_id }) => !arrived.has(message_id));
  const copies = delivered.filter((mail) => mail.copies > 1);
  const doubled = await read(
    'email',
    `SELECT order_id, kind FROM emails GROUP BY order_id, kind HAVING count(DISTINCT message_id) > 1 LIMIT 5`,
  );
  const ok =
    unfinished.count === 0 &&
    missing.length === 0 &&
    doubled.length === 0 &&
    (handOverWasKilled || copies.length === 0);
  return check('one Message-ID per order and kind in the inbox', ok, {
    unfinished: unfinished.count,
    sent: sent.length,
    missing: missing.length,
    copies: copies.length,
    doubled,
  });
}

async function customersMatchOrders({ one }) {
  const orders = await one(
    'order',
    `SELECT count(*)::int AS placed, count(DISTINCT lower(customer ->> 'email'))::int AS customers FROM orders`,
  );
  const crm = await one(
    'crm',
    `SELECT coalesce(sum(orders_placed), 0)::int AS placed, count(*)::int AS customers FROM customers`,
  );
  const { kept } = await one(
    'sandbox',
    `SELECT coalesce(sum(captured_in_cents - refunded_in_cents), 0)::text AS kept FROM payment_intents`,
  );
  const { value } = await one(
    'crm',
    `SELECT coalesce(sum(captured_in_cents - refunded_in_cents), 0)::text AS value FROM customers`,
  );
  const ok = orders.placed === crm.placed && orders.customers === crm.customers && kept === value;
  return check('the CRM knows every customer, order and cent', ok, { orders, crm, kept, value });
}

async function timelinesAreWhole({ one }) {
  const { placed } = await one('order', `SELECT count(*)::int AS placed FROM orders`);
  const { told } = await one('gateway', `SELECT count(*)::int AS told FROM timeline WHERE type = 'order.placed.v1'`);
  return check('every order has a timeline', placed === told, { placed, told });
}

/** What was being fanned out while an endpoint was made is not counted against it: a replay brings it. */
async function factsAreOwedToPartners({ read, one }) {
  const { unstored } = await one(
    'gateway',
    `SELECT count(*)::int AS unstored FROM timeline
     WHERE type <> 'order.payment-requested.v1' AND NOT EXISTS (SELECT FROM webhook_messages WHERE id = event_id)`,
  );
  const unowed = await read(
    'gateway',
    `SELECT endpoint.id AS endpoint, count(*)::int AS facts
     FROM webhook_endpoints AS endpoint JOIN webhook_messages AS message ON message.received_at > endpoint.created_at + interval '2 seconds'
     WHERE event_types = '{*}' AND filter IS NULL AND deleted_at IS NULL
       AND message.partner_id IS NULL AND NOT superseded
       AND NOT EXISTS (SELECT FROM webhook_deliveries WHERE message_id = message.id AND endpoint_id = endpoint.id)
     GROUP BY endpoint.id`,
  );
  // One that was tried and failed waits for its time; one that was never tried must not be lying there, unless its
  // endpoint is spared.
  const { untried } = await one(
    'gateway',
    `SELECT count(*)::int AS untried FROM webhook_queue AS queue JOIN webhook_deliveries ON id = delivery_id
       JOIN webhook_lanes AS lane ON lane.endpoint_id = queue.endpoint_id
     WHERE attempts = 0 AND due_at <= now() AND circuit = 'closed' AND NOT recovering`,
  );
  const { unqueued } = await one(
    'gateway',
    `SELECT count(*)::int AS unqueued FROM webhook_deliveries
     WHERE status = 'pending' AND NOT EXISTS (SELECT FROM webhook_queue WHERE delivery_id = id)`,
  );
  const ok = unstored === 0 && unowed.length === 0 && untried === 0 && unqueued === 0;
  return check('every fact is owed once to every endpoint that wants it, and was sent', ok, {
    unstored,
    unowed,
    untried,
    unqueued,
  });
}

async function deliveredWasReceived({ read }) {
  const delivered = await read(
    'gateway',
    `SELECT message_id AS id FROM webhook_deliveries AS delivery JOIN webhook_endpoints AS endpoint ON endpoint.id = endpoint_id
     WHERE delivery.status = 'delivered' AND url LIKE '%/partner/webhooks'`,
  );
  const received = new Set(
    (await read('sandbox', `SELECT DISTINCT webhook_id FROM partner_receipts`)).map(({ webhook_id }) => webhook_id),
  );
  const lost = delivered.filter(({ id }) => !received.has(id));
  return check("what was delivered is in the partner's book", lost.length === 0, {
    delivered: delivered.length,
    received: received.size,
    lost: lost.length,
  });
}

async function outboxesAreEmpty({ services, one, read }) {
  const left = {};
  for (const service of services) {
    const [{ exists }] = await read(service, `SELECT to_regclass('outbox') IS NOT NULL AS exists`);
    if (!exists) continue;
    const { count } = await one(service, `SELECT count(*)::int AS count FROM outbox`);
    if (count > 0) left[service] = count;
  }
  return check('outboxes drain to empty', Object.keys(left).length === 0, left);
}

async function noDeadLetters({ services, read }, provoked) {
  const letters = [];
  for (const service of services) {
    const [{ exists }] = await read(service, `SELECT to_regclass('dead_letters') IS NOT NULL AS exists`);
    if (exists) letters.push(...(await read(service, `SELECT reaction, reason, error FROM dead_letters`)));
  }
  return check('no dead letter that was not provoked', letters.length === provoked, letters.slice(0, 5));
}
