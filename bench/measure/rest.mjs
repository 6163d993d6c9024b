import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { openBacklog } from './backlog.mjs';

/** Nothing moves for so long: it will not come to rest. Nor will it when something moves for ever. */
const STILL_MS = 60_000;
const MOST_MS = 900_000;
const TELL_MS = 10_000;
const LOOK_MS = 50;

/** What is on its way in each service's database, beside its outbox. */
const underWay = [
  ['order', 'orders', `SELECT count(*)::int AS left FROM orders WHERE status IN ('placed', 'awaiting-payment')`],
  ['payment', 'payments', `SELECT count(*)::int AS left FROM payments WHERE next_attempt_at IS NOT NULL`],
  ['shipping', 'parcels', `SELECT count(*)::int AS left FROM shipments WHERE next_attempt_at IS NOT NULL`],
  ['email', 'mails', `SELECT count(*)::int AS left FROM emails WHERE status = 'pending'`],
  [
    'sandbox',
    "third parties' webhooks",
    `SELECT count(*)::int AS left FROM webhooks WHERE due_at IS NOT NULL AND delivered_at IS NULL`,
  ],
  // One that failed waits for its next attempt, which may be hours away: what is due and was never tried is under way.
  [
    'gateway',
    "partners' webhooks",
    `SELECT count(*)::int AS left FROM webhook_queue AS queue JOIN webhook_deliveries ON id = delivery_id
       JOIN webhook_lanes AS lane ON lane.endpoint_id = queue.endpoint_id
     WHERE attempts = 0 AND due_at <= now() AND circuit = 'closed' AND NOT recovering`,
  ],
];

/**
 * Knows when the whole shop has done all it had to do, mails and webhooks included: only then its books add up.
 *
 * @param {import('../../tools/shop/shop.d.mts').ShopDescription} shop
 */
export async function openRest({ databases, natsUrl }) {
  const backlog = await openBacklog(natsUrl);
  const pools = Object.fromEntries(
    Object.entries(databases).map(([service, connectionString]) => [
      service,
      new pg.Pool({ connectionString, max: 1 }),
    ]),
  );
  const count = async (service, sql) => (await pools[service].query(sql)).rows[0].left;
  const withOutbox = [];
  for (const service of Object.keys(pools)) {
    if (await count(service, `SELECT to_regclass('outbox') IS NOT NULL AS left`)) withOutbox.push(service);
  }

  /** What is left of each kind. */
  async function look() {
    const left = { 'facts in the stream': await backlog.unhandled(() => true) };
    for (const service of withOutbox) {
      const sql = `SELECT count(*)::int AS left FROM outbox WHERE set_aside_at IS NULL`;
      left[`facts of ${service}`] = await count(service, sql);
    }
    for (const [service, kind, sql] of underWay) left[kind] = await count(service, sql);
    return Object.fromEntries(Object.entries(left).filter(([, number]) => number > 0));
  }

  return {
    /**
     * Waits as long as anything moves.
     *
     * @param {(line: string) => void} log told now and then what is left
     * @returns {Promise<string[]>} what was left when nothing moved any more; nothing: the shop is at rest
     */
    async reached(log) {
      const began = performance.now();
      let [known, movedAt, toldAt] = ['', began, began];
      for (;;) {
        const left = JSON.stringify(await look());
        // Work passes from one database to the next while they are read: a second look must find none, too.
        if (left === '{}' && known === '{}') return [];
        const now = performance.now();
        if (left !== known) [known, movedAt] = [left, now];
        if (now - movedAt > STILL_MS || now - began > MOST_MS)
          return [`the shop does not come to rest: left are ${left}`];
        if (now - toldAt > TELL_MS) {
          toldAt = now;
          log(`waiting for the shop to rest: left are ${left}`);
        }
        await pause(LOOK_MS);
      }
    },
    close: () => Promise.all([backlog.close(), ...Object.values(pools).map((pool) => pool.end())]),
  };
}
