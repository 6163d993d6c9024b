import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '../../tools/infrastructure/until.mjs';

const SUBSCRIBES_MS = 60_000;

/** What the shared clock shows when `performance.now()` shows 0. */
const clockAtZero = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/**
 * A partner who wants to hear of every confirmed order, in a process of its own and with the settings a partner gets
 * who asks for none.
 *
 * @param {import('../../tools/shop/shop.d.mts').Shop} shop
 */
export async function confirmationPartner(shop) {
  const receiver = fork(join(import.meta.dirname, 'receiver.mjs'));
  const [{ port }] = await once(receiver, 'message');
  const url = `http://127.0.0.1:${port}/orders`;
  const ask = async (init) => {
    const answer = await fetch(`${shop.url('gateway')}/v1/webhook-endpoints`, {
      headers: { authorization: `Bearer ${shop.keys.partner}`, 'content-type': 'application/json' },
      ...init,
    });
    if (!answer.ok) throw new Error(`/v1/webhook-endpoints was answered with ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  // The sandbox subscribes soon after its start, and is owed nothing of what is stated before.
  if (!(await until(async () => (await ask()).data.length > 0, { timeoutMs: SUBSCRIBES_MS }))) {
    throw new Error('The sandbox does not subscribe to webhooks');
  }
  await ask({ method: 'POST', body: JSON.stringify({ url, eventTypes: ['order.confirmed.v1'] }) });
  return {
    /** @returns {Promise<Map<string, { at: number, ids: number }>>} by order: when it was first heard of, in how many webhooks */
    async received() {
      const orders = Object.entries(await (await fetch(url)).json());
      return new Map(orders.map(([id, { at, ids }]) => [id, { at: at - clockAtZero, ids }]));
    },
    close: () => receiver.disconnect(),
  };
}

/** Of orders that are confirmed: each must have been heard of, in one webhook however often it was sent. */
export function partnerFaults(orderIds, received) {
  const missing = orderIds.filter((id) => !received.has(id));
  const several = orderIds.filter((id) => received.get(id)?.ids > 1);
  return [
    ...(missing.length > 0
      ? [`${missing.length} confirmed orders were not told to the partner: ${missing.slice(0, 5)}`]
      : []),
    ...(several.length > 0
      ? [`${several.length} orders were told to the partner in several webhooks: ${several.slice(0, 5)}`]
      : []),
  ];
}
