import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { Pool } from 'undici';

/**
 * What this machine sends at most: the HTTP client in a keep-alive loop, signing each request, to the same receiver;
 * nothing is stored. The faster of the client's two ways: without its streams.
 *
 * @returns {Promise<{ perSecond: number }>}
 */
export async function measureWebhookFloor(origin, { concurrency, count, body }) {
  const pool = new Pool(origin, { connections: concurrency, pipelining: 1 });
  const key = randomBytes(32);
  const send = () =>
    new Promise((resolve, reject) => {
      const id = randomUUID();
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
      pool.dispatch(
        {
          path: '/hook',
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'webhook-id': id,
            'webhook-timestamp': timestamp,
            'webhook-signature': `v1,${signature}`,
          },
          body,
        },
        {
          onRequestStart() {},
          onResponseStart() {},
          onResponseData() {},
          onResponseEnd: resolve,
          onResponseError: (_, error) => reject(error),
        },
      );
    });
  const loop = async (times) => {
    let left = times;
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (left-- > 0) await send();
      }),
    );
  };
  await loop(2_000);
  const began = performance.now();
  await loop(count);
  const perSecond = Math.round(count / ((performance.now() - began) / 1_000));
  await pool.close();
  return { perSecond };
}
