import { setMaxListeners } from 'node:events';
import { setTimeout as pauseFor } from 'node:timers/promises';
import { orderRequest } from '../clients/order-request.mjs';
import { shopDoor } from '../clients/shop-door.mjs';
import { followFacts } from './follow-facts.mjs';
import { openOrders } from './open-orders.mjs';
import { orderMix } from './order-mix.mjs';
import { pace } from './pace.mjs';
import { patience } from './patience.mjs';
import { tally } from './tally.mjs';
import { thirdParties } from './third-parties.mjs';

/** Longer than the gateway takes for any answer. */
const ANSWER_MS = 30_000;
/** The live stream says something every 15 s, if only that it is there. */
const SILENCE_MS = 45_000;
/** For what was begun when the load is to stop. */
const FINISH_MS = 10_000;
const ERRANDS_AT_ONCE = 8;
const TOO_EARLY_MS = 1_000;
const PRODUCTS_MS = 60_000;
/** Products with less are left to people who try the shop. */
const LEAST_IN_STOCK = 100;
/** An order of which nothing was heard for so long is looked at, some at a time. */
const QUIET_MS = 60_000;
const LOOK_MS = 5_000;
const LOOKS = 20;

/** The key does not open the shop's door. */
export class NotLetIn extends Error {}

/**
 * Customers who order at a steady rate, pay, authenticate, regret, and are brought what they ordered. Whatever the shop
 * does meanwhile, they come again.
 *
 * @param {ReturnType<typeof import('./load-settings.mjs').loadSettings>} settings
 * @param {{ random: () => number, newId: () => string, now: () => number, say: (line: string) => void }} world
 */
export function startLoad(settings, { random, newId, now, say }) {
  const { gatewayUrl, sandboxUrl, key, clients } = settings;
  const [stopping, ending] = [new AbortController(), new AbortController()];
  for (const { signal } of [stopping, ending]) setMaxListeners(0, signal);
  const pause = (ms) => pauseFor(ms, undefined, { signal: stopping.signal });
  const pauseToFinish = (ms) => pauseFor(ms, undefined, { signal: ending.signal });

  const door = shopDoor(gatewayUrl, key, { connections: clients + ERRANDS_AT_ONCE, timeoutMs: ANSWER_MS });
  const streamDoor = shopDoor(gatewayUrl, key, { connections: 1, timeoutMs: SILENCE_MS });
  const outside = sandboxUrl && shopDoor(sandboxUrl, undefined, { connections: ERRANDS_AT_ONCE, timeoutMs: ANSWER_MS });
  const shop = patience({ ask: door.ask, pause: pauseToFinish, now, random });
  const people = outside && thirdParties(patience({ ask: outside.ask, pause, now, random }).ask);

  const counts = tally(now);
  let skus = [];
  const mix = orderMix({
    random,
    newId,
    skus: () => skus,
    customers: settings.customers,
    withThirdParties: people !== undefined,
  });
  const turns = pace(settings.ordersPerSecond, now);
  const orders = openOrders((order, status, at) => {
    counts.count(status);
    if (status === 'confirmed') {
      if (at !== undefined && !order.waits) counts.confirmedWithin(at - order.sentAt);
      if (people) later(mix.driveMs(), order, () => people.pickUp(order.id));
      else orders.forget(order.id);
    }
    if (status === 'shipped') later(mix.driveMs(), order, () => people.deliver(order.id));
  });

  /** Does it until it is done, or the order ended otherwise. */
  function later(ms, { id }, errand) {
    void unlessStopped(async () => {
      await pause(ms);
      while (orders.isOpen(id) && !(await errand())) await pause(TOO_EARLY_MS);
    }).catch((error) => say(`order ${id}: ${error.message}`));
  }

  async function unlessStopped(work) {
    try {
      await work();
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
    }
  }

  async function client() {
    for (;;) {
      await pause(turns.turn());
      const wanted = mix.next();
      const sentAt = now();
      const { status, body } = await shop.ask('POST', '/v1/orders', orderRequest(wanted), counts.refuse);
      if (status === 201) follow(body, wanted, sentAt);
      else counts.refuse(status);
    }
  }

  function follow(order, { regretsAfterMs, authentication, authenticatesAfterMs }, sentAt) {
    counts.count('placed');
    orders.placed({ id: order.id, sentAt, waits: authentication !== undefined }, now());
    if (authentication === 'succeed' || authentication === 'fail') {
      later(authenticatesAfterMs, order, () => people.authenticate(order.id, authentication));
    }
    if (regretsAfterMs !== undefined) later(regretsAfterMs, order, () => cancel(order));
  }

  /** Too late is an answer, too. */
  async function cancel({ id }) {
    await shop.ask('POST', `/v1/orders/${id}/cancel`, {}, counts.refuse);
    return true;
  }

  async function lookAtProducts() {
    const { status, body } = await shop.ask('GET', '/v1/products?limit=100');
    if (status === 401 || status === 403)
      throw new NotLetIn(`${gatewayUrl} does not let this SHOP_API_KEY in (${status})`);
    const sold = (body?.data ?? []).filter(({ available }) => available >= LEAST_IN_STOCK).map(({ sku }) => sku);
    if (sold.length > 0) skus = sold;
    return sold.length > 0;
  }

  async function untilOpen() {
    say(`waiting for ${gatewayUrl}`);
    while (!(await lookAtProducts())) await pause(TOO_EARLY_MS);
    say(`${settings.ordersPerSecond} orders a second by ${clients} clients at ${gatewayUrl}`);
  }

  const every = async (ms, work) => {
    for (;;) {
      await pause(ms);
      await work();
    }
  };

  async function lookAfterQuietOnes() {
    for (const id of orders.quietSince(now() - QUIET_MS, LOOKS)) {
      const { status, body } = await shop.ask('GET', `/v1/orders/${id}`);
      if (status === 200) orders.shown(id, body.status, now());
      if (status !== 404) continue;
      say(`order ${id} was placed, and the shop does not know it`);
      orders.forget(id);
    }
  }

  async function work() {
    await untilOpen();
    await Promise.all([
      ...Array.from({ length: clients }, () => unlessStopped(client)),
      unlessStopped(() => every(PRODUCTS_MS, lookAtProducts)),
      unlessStopped(() => every(LOOK_MS, lookAfterQuietOnes)),
      unlessStopped(() => every(settings.reportSeconds * 1_000, () => say(counts.line(orders.size)))),
    ]);
  }
  const following = unlessStopped(() =>
    followFacts({
      open: (path, options) => streamDoor.open(path, { ...options, signal: stopping.signal }),
      tell: (type, orderId) => orders.heard(type, orderId, now()),
      pause,
    }),
  );
  const working = unlessStopped(work);

  return {
    /** Rejects when the load cannot go on, and ends when it was stopped. */
    ended: working,
    /** Places nothing more, waits for answers to what was asked, and says what came of it all. */
    async stop() {
      stopping.abort();
      const late = setTimeout(() => {
        ending.abort();
        void door.hangUp();
      }, FINISH_MS);
      await Promise.allSettled([working, following]);
      clearTimeout(late);
      ending.abort();
      await Promise.all([door, streamDoor, outside].map((used) => used?.hangUp()));
      say(counts.total(orders.size));
    },
  };
}
