import { Pool } from 'undici';

/**
 * A shop's door, or that of a third party, as a client comes to it: by a few connections that stay open.
 *
 * @param {string} url
 * @param {string | undefined} key of the API; none for third parties
 * @param {{ connections: number, timeoutMs?: number }} limits how long an answer may take; by default as long as it likes
 */
export function shopDoor(url, key, { connections, timeoutMs = 0 }) {
  const pool = new Pool(url, { connections, pipelining: 1, headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return {
    /** @returns {Promise<{ status: number, retryAfter?: string, body: any }>} */
    async ask(method, path, { headers = {}, body } = {}) {
      const answer = await pool.request({
        path,
        method,
        headers: { ...authorization, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await answer.body.text();
      return {
        status: answer.statusCode,
        retryAfter: answer.headers['retry-after'],
        body: text === '' ? undefined : JSON.parse(text),
      };
    },
    /** An answer that goes on for as long as somebody reads it. */
    async open(path, { headers = {}, signal } = {}) {
      const answer = await pool.request({ path, method: 'GET', headers: { ...authorization, ...headers }, signal });
      return { status: answer.statusCode, retryAfter: answer.headers['retry-after'], body: answer.body };
    },
    close: () => pool.close(),
    /** Hangs up on whatever is not answered yet. */
    hangUp: () => pool.destroy(),
  };
}
