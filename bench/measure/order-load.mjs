import { observeFacts } from './observe-facts.mjs';
import { confirmationPartner, partnerFaults } from './partner.mjs';
import { percentiles, round } from './percentiles.mjs';
import { orderPlacer } from './place-orders.mjs';
import { watchProcesses } from './processes.mjs';
import { openRest } from './rest.mjs';
import { vacuumAll } from './vacuum.mjs';

/** Bounded by time where the machine is slow. */
const WARMING = { clients: 32, most: 3_000, seconds: 120 };

/**
 * Customers who order one line each, and a partner who hears of it.
 *
 * @param {import('../../tools/shop/shop.d.mts').Shop} shop that runs
 * @param {(line: string) => void} log
 */
export async function orderLoad(shop, log) {
  const facts = await observeFacts(shop.description().natsUrl);
  const partner = await confirmationPartner(shop);
  const rest = await openRest(shop.description());
  const placed = [];
  const faults = [];

  async function place(placer) {
    const order = await placer.place();
    if (order.status === 201) placed.push(order.id);
    return order;
  }

  async function settled() {
    const left = await rest.reached(log);
    faults.push(...left);
    return left.length === 0;
  }

  return {
    settled,

    /** One order at a time on an idle shop. */
    async lone(count) {
      const placer = orderPlacer(shop.url('gateway'), shop.keys.shop, { connections: 1 });
      const orders = [];
      for (let done = 0; done < count; done += 1) {
        const order = await place(placer);
        if (order.status !== 201) throw new Error(`An order was answered with ${order.status}`);
        await facts.ended(order.id);
        orders.push(order);
      }
      await placer.close();
      await settled();
      return latencies(orders, facts, await partner.received());
    },

    /** Until every process has compiled what it does most, and the databases know their tables; nothing of it counts. */
    async warmUp() {
      const { clients, ...limits } = WARMING;
      log(`warming up: ${limits.most} orders that do not count`);
      await this.run(clients, { ...limits, wait: true });
      await vacuumAll(shop.description().databases);
    },

    /** Each client places its next order when its last one is confirmed or, without `wait`, is answered. */
    async run(count, { seconds, most = Infinity, wait }) {
      log(`${count} clients${wait ? '' : ', not waiting for confirmation'}, ${seconds} s`);
      const placer = orderPlacer(shop.url('gateway'), shop.keys.shop, { connections: count });
      const orders = [];
      const refused = {};
      const confirmedBefore = facts.counts.confirmed;
      const watch = watchProcesses(() => shop.pids());
      const began = performance.now();
      const end = began + seconds * 1000;
      const client = async () => {
        while (performance.now() < end && orders.length < most) {
          const order = await place(placer);
          if (order.status !== 201) {
            refused[order.status] = (refused[order.status] ?? 0) + 1;
            continue;
          }
          orders.push(order);
          if (wait) await facts.ended(order.id);
        }
      };
      await Promise.all(Array.from({ length: count }, client));
      const placedFor = (performance.now() - began) / 1000;
      const confirmedInTime = facts.counts.confirmed - confirmedBefore;
      await settled();
      const lasted = (performance.now() - began) / 1000;
      const { processes, peakMiB } = watch.stop();
      await placer.close();
      return {
        clients: count,
        waits: wait,
        placed: orders.length,
        refused,
        acceptedPerSecond: round(orders.length / placedFor),
        confirmedPerSecond: round(confirmedInTime / placedFor),
        // Through CRM, e-mail and the partners' webhooks: until the last of their work is done.
        completedPerSecond: round(orders.length / lasted),
        ...latencies(orders, facts, await partner.received()),
        cpuMsPerOrder: round(
          (Object.values(processes).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) * 1000) / orders.length,
          2,
        ),
        processes,
        peakMiB,
      };
    },

    /** What did not hold so far. */
    async faults() {
      const unconfirmed = placed.filter((id) => facts.confirmedAt(id) === undefined);
      return [
        ...faults,
        ...(unconfirmed.length > 0
          ? [`${unconfirmed.length} orders were not confirmed: ${unconfirmed.slice(0, 5)}`]
          : []),
        ...partnerFaults(
          placed.filter((id) => facts.confirmedAt(id) !== undefined),
          await partner.received(),
        ),
      ];
    },

    async close() {
      partner.close();
      await Promise.all([rest.close(), facts.close()]);
    },
  };
}

/** Milliseconds from the moment an order was sent; of what did not happen nothing is counted, it is a fault. */
function latencies(orders, facts, received) {
  const since = (momentOf) => {
    const known = orders.filter((order) => momentOf(order) !== undefined);
    return percentiles(known.map((order) => momentOf(order) - order.sentAt));
  };
  return {
    post: since(({ answeredAt }) => answeredAt),
    confirmed: since(({ id }) => facts.confirmedAt(id)),
    webhook: since(({ id }) => received.get(id)?.at),
  };
}
