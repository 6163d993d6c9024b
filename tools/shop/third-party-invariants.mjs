import { check } from './check.mjs';

/** What the carrier says of a parcel that is where our shipment is; `null`: it has none. Others are on their way. */
const carriersWord = {
  booked: ['booked'],
  dispatched: ['picked_up'],
  delivered: ['delivered'],
  cancelled: ['cancelled', null],
  recalled: ['returning'],
  'recall-failed': ['delivered'],
};

/** Where the parcel of an order is. */
const parcelOf = {
  confirmed: ['booked'],
  shipped: ['picked_up'],
  delivered: ['delivered'],
  cancelled: ['cancelled', 'returning', null],
};

export async function bookedOnce({ read }) {
  const rows = await read(
    'sandbox',
    `SELECT reference, count(*)::int AS parcels FROM shipments GROUP BY reference HAVING count(*) > 1 LIMIT 5`,
  );
  return check('each order is booked at most once with the carrier', rows.length === 0, rows);
}

/** An order that was placed before there was a shipping service has no parcel. */
export async function parcelsMatchOrders({ read }) {
  const [orders, shipments, parcels] = [
    await read('order', `SELECT id, status FROM orders ORDER BY placed_at`),
    await read('shipping', `SELECT order_id FROM shipments`),
    await parcelsByOrder(read),
  ];
  const shipped = new Set(shipments.map(({ order_id }) => order_id));
  const first = shipped.size === 0 ? 0 : orders.findIndex(({ id }) => shipped.has(id));
  const wrong = orders
    .slice(first)
    .map(({ id, status }) => ({ id, order: status, parcel: parcels.get(id)?.status ?? null }))
    .filter(({ order, parcel }) => parcelOf[order] && !parcelOf[order].includes(parcel));
  return check('the parcel of every order is where the order is', first >= 0 && wrong.length === 0, {
    orders: orders.length,
    parcels: parcels.size,
    wrong: wrong.slice(0, 5),
  });
}

export async function shipmentsMatchCarrier({ read }) {
  const [shipments, parcels] = [
    await read('shipping', `SELECT order_id, status, carrier_id FROM shipments`),
    await parcelsByOrder(read),
  ];
  const wrong = shipments
    .map(({ order_id, status, carrier_id }) => ({ order_id, ours: status, carrier_id, parcel: parcels.get(order_id) }))
    .filter(
      ({ ours, carrier_id, parcel }) =>
        !carriersWord[ours]?.includes(parcel?.status ?? null) || (parcel?.id ?? null) !== carrier_id,
    );
  const ours = new Set(shipments.map(({ order_id }) => order_id));
  const strangers = [...parcels.keys()].filter((orderId) => !ours.has(orderId));
  return check("our shipments are the carrier's, and none is unfinished", wrong.length + strangers.length === 0, {
    wrong: wrong.slice(0, 5),
    strangers: strangers.slice(0, 5),
  });
}

/** The newest, should there be several: that is another invariant. */
const parcelsByOrder = async (read) =>
  new Map(
    (await read('sandbox', `SELECT id, reference, status FROM shipments ORDER BY id`)).map((parcel) => [
      parcel.reference,
      parcel,
    ]),
  );

export async function everythingIsTold({ read, one }) {
  const { owed } = await one('sandbox', `SELECT count(*)::int AS owed FROM webhooks WHERE delivered_at IS NULL`);
  const errors = await read(
    'sandbox',
    `SELECT sender, event_id, attempts, last_error FROM webhooks WHERE delivered_at IS NULL ORDER BY id LIMIT 5`,
  );
  return check('third parties have told the shop all they had to tell', owed === 0, { owed, errors });
}

/** What third parties forget after a day cannot be compared with what was received. */
export async function toldIsReceived({ read, one }) {
  const { since } = await one('sandbox', `SELECT min(created_at) AS since FROM webhooks`);
  const told = await read(
    'sandbox',
    `SELECT DISTINCT sender AS source, event_id AS webhook_id FROM webhooks WHERE delivered_at IS NOT NULL`,
  );
  const received = await read(
    'gateway',
    `SELECT source, webhook_id FROM inbound_webhooks
     WHERE status = 'received' AND source IN ('stripe', 'carrier') AND received_at >= $1::timestamptz`,
    [since],
  );
  const keyOf = ({ source, webhook_id }) => `${source} ${webhook_id}`;
  const [toldKeys, receivedKeys] = [new Set(told.map(keyOf)), new Set(received.map(keyOf))];
  const lost = [...toldKeys].filter((key) => !receivedKeys.has(key));
  const unknown = [...receivedKeys].filter((key) => !toldKeys.has(key));
  const copies = received.length - receivedKeys.size;
  return check(
    'what third parties told was received once, and nothing else',
    lost.length + unknown.length + copies === 0,
    {
      told: toldKeys.size,
      received: received.length,
      copies,
      lost: lost.slice(0, 5),
      unknown: unknown.slice(0, 5),
    },
  );
}
