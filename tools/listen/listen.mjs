import { setTimeout as pause } from 'node:timers/promises';
import { forward } from './forward.mjs';
import { GatewayAway } from './gateway.mjs';

const IDLE_MS = 1_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

const pauseAfter = (failures) => Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);

/**
 * Has an endpoint of its own for as long as it runs, and forwards what that is owed, one event after the other: the next
 * one goes out when the one before was taken.
 *
 * @param signal ends it; the endpoint is deleted then
 * @param log gets a line per attempt
 */
export async function listen({ gateway, eventTypes, secret: given, forwardTo, signal, log }) {
  const { id, secret } = await gateway.createEndpoint(eventTypes, given);
  log(`Forwarding ${eventTypes.join(', ')} to ${forwardTo}, signed with ${secret}. Ctrl-C ends it.`);
  try {
    await forwardAll({ gateway, id, secret, forwardTo, signal, log });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await gateway
      .deleteEndpoint(id)
      .catch((error) => log(`The endpoint ${id} could not be deleted and stays. ${error.message}`));
  }
}

async function forwardAll({ gateway, id, secret, forwardTo, signal, log }) {
  let cursor;
  for (;;) {
    const { data, nextCursor } = await persistently(() => gateway.poll(id, cursor, signal), { signal, log });
    for (const event of data) await untilTaken(event, { secret, forwardTo, signal, log });
    // What was not taken when we end is not passed over.
    cursor = nextCursor;
    if (data.length === 0) await pause(IDLE_MS, undefined, { signal });
  }
}

/** Asks again while the gateway is away, and says so once. */
async function persistently(ask, { signal, log }) {
  for (let failures = 0; ;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof GatewayAway)) throw error;
      if (failures === 0) log(`${error.message} Trying again until it is back.`);
      failures += 1;
      await pause(pauseAfter(failures), undefined, { signal });
    }
  }
}

async function untilTaken(event, { secret, forwardTo, signal, log }) {
  for (let failures = 0; ;) {
    const { taken, answer } = await forward(forwardTo, secret, event, { nowMs: Date.now(), signal });
    if (!taken) failures += 1;
    const next = taken ? '' : `  again in ${pauseAfter(failures) / 1000} s`;
    log(`${new Date().toISOString().slice(11, 19)}  ${answer}  ${event.type}  ${event.id}${next}`);
    if (taken) return;
    await pause(pauseAfter(failures), undefined, { signal });
  }
}
