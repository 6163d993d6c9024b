/** Facts of orders that are not ours, or not yet: the answer that tells an order's id may come after its first facts. */
const MOST_EARLY = 10_000;

/** How far an order is; what comes late or again changes nothing. */
const ranks = { placed: 0, 'awaiting-payment': 0, confirmed: 1, shipped: 2, delivered: 3, cancelled: 3 };

/** The status that a fact gives an order, if it does. */
const statuses = {
  'order.confirmed.v1': 'confirmed',
  'order.shipped.v1': 'shipped',
  'order.delivered.v1': 'delivered',
  'order.cancelled.v1': 'cancelled',
};

/**
 * The orders that were placed and did not end yet, as their facts tell.
 *
 * @param {(order: { id: string, sentAt: number, waits: boolean }, status: string, at: number | undefined) => void} moved told of every
 *   step, and when it was heard of; of one that was found out later nobody knows
 */
export function openOrders(moved) {
  /** @type {Map<string, { id: string, sentAt: number, waits: boolean, status: string, heardAt: number }>} */
  const open = new Map();
  const early = new Map();

  function move(order, status, at, { heard }) {
    order.heardAt = at;
    if (ranks[status] <= ranks[order.status]) return;
    // Who was not told of every step takes the ones between as well.
    const passed = ['confirmed', 'shipped', 'delivered'].filter(
      (step) => status !== 'cancelled' && ranks[step] > ranks[order.status] && ranks[step] < ranks[status],
    );
    order.status = status;
    if (ranks[status] === 3) open.delete(order.id);
    for (const step of passed) moved(order, step, undefined);
    moved(order, status, heard ? at : undefined);
  }

  function keepEarly(id, status, at) {
    early.set(id, [...(early.get(id) ?? []), { status, at }]);
    if (early.size > MOST_EARLY) early.delete(early.keys().next().value);
  }

  return {
    /** @param {{ id: string, sentAt: number, waits: boolean }} order `waits`: for a person, who takes her time */
    placed({ id, sentAt, waits }, at) {
      const order = { id, sentAt, waits, status: 'placed', heardAt: at };
      open.set(id, order);
      for (const news of early.get(id) ?? []) move(order, news.status, news.at, { heard: true });
      early.delete(id);
    },
    heard(type, id, at) {
      const status = statuses[type];
      if (status === undefined) return;
      const order = open.get(id);
      if (order) move(order, status, at, { heard: true });
      else keepEarly(id, status, at);
    },
    /** What the shop says when it is asked. */
    shown(id, status, at) {
      const order = open.get(id);
      if (order) move(order, status, at, { heard: false });
    },
    forget: (id) => open.delete(id),
    isOpen: (id) => open.has(id),
    /** Ids of some that nothing was heard of since then. */
    quietSince: (time, most) =>
      [...open.values()]
        .filter(({ heardAt }) => heardAt < time)
        .slice(0, most)
        .map(({ id }) => id),
    get size() {
      return open.size;
    },
  };
}
