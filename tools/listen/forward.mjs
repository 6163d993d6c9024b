import { createHmac } from 'node:crypto';

const PATIENCE_MS = 15_000;

/** As the Standard Webhooks specification has it: HMAC-SHA256 over `id.timestamp.body`, with what the secret stands for. */
export function signature(secret, id, timestamp, body) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/**
 * Posts an event as the gateway would have.
 *
 * @returns the answer's status, or what kept it from coming; whether the event was taken
 */
export async function forward(target, secret, { id, ...content }, { nowMs, signal }) {
  const body = JSON.stringify(content);
  const timestamp = String(Math.floor(nowMs / 1000));
  try {
    const response = await fetch(target, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Hookshop-Listen',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signature(secret, id, timestamp, body),
      },
      body,
      // A webhook is not followed anywhere else.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    });
    await response.body?.cancel();
    return { taken: response.ok, answer: String(response.status) };
  } catch (error) {
    signal.throwIfAborted();
    return { taken: false, answer: error.cause?.code ?? error.cause?.message ?? error.name };
  }
}
