import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/**
 * @typedef {object} Plan
 * @property {string} url where to
 * @property {string} secret to sign with
 * @property {string} run part of every event's id
 * @property {number} from number of the first event
 * @property {number} [distinct] so many events are sent over and over; by default every one is new
 * @property {number} connections kept alive; without `perSecond` each sends its next message when its last is answered
 * @property {number} [perSecond] messages are due at this rate, whatever becomes of them
 * @property {number} seconds
 * @property {number} [most] messages
 */

/** Starts a process that sends signed webhooks by plan, one plan after the other. */
export function startSender() {
  const child = fork(join(import.meta.dirname, 'webhook-sender.mjs'));
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`The sender of webhooks ended (${code ?? signal})`);
  });
  // Nobody waits for it between two plans.
  ended.catch(() => undefined);
  return {
    pid: child.pid,
    /**
     * Latencies are in milliseconds; `late` tells how long after it was due a message was sent, which is part of them.
     *
     * @param {Plan} plan
     * @returns {Promise<{ sent: number, statuses: Record<string, number>, seconds: number, latency: object, late: object }>}
     */
    async send(plan) {
      child.send(plan);
      const [outcome] = await Promise.race([once(child, 'message'), ended]);
      return outcome;
    },
    close: () => child.disconnect(),
  };
}
