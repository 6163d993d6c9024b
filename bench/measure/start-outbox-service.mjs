import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Starts a service whose only work is its outbox, and has it carry out plans, one after the other. */
export async function startOutboxService({ natsUrl, databaseUrl }) {
  const child = fork(join(import.meta.dirname, 'outbox-service.mjs'), {
    env: { ...process.env, NATS_URL: natsUrl, DATABASE_URL: databaseUrl },
  });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`The service with the outbox ended (${code ?? signal})`);
  });
  // Nobody waits for it between two plans.
  ended.catch(() => undefined);
  const answer = async () => (await Promise.race([once(child, 'message'), ended]))[0];
  await answer();
  return {
    do(plan, options = {}) {
      child.send({ plan, ...options });
      return answer();
    },
    close: () => child.connected && child.disconnect(),
  };
}
