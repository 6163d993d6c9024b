import { CannotListen } from './cannot-listen.mjs';

const PATIENCE_MS = 15_000;

/** The gateway is away, or has no time: a matter of trying again. */
export class GatewayAway extends Error {
  name = 'GatewayAway';
}

/** The gateway's routes for endpoints, with a partner's key. */
export function connectGateway(gatewayUrl, key) {
  async function call(method, path, { body, signal } = {}) {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    let response;
    let text;
    try {
      response = await fetch(new URL(`/v1/webhook-endpoints${path}`, gatewayUrl), {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: signal ? AbortSignal.any([signal, patience]) : patience,
      });
      text = await response.text();
    } catch (error) {
      signal?.throwIfAborted();
      throw new GatewayAway(
        `There is no gateway at ${gatewayUrl} (${error.cause?.code ?? error.cause?.message ?? error.message}). ` +
          'Start the shop with npm start, or name another gateway with --url.',
      );
    }
    if (response.ok) return text === '' ? undefined : contentOf(text, gatewayUrl);
    throw refusalOf(response.status, text);
  }

  return {
    /** For polling: nobody is called. Unverified, so that it is nobody's to enable by mistake. */
    createEndpoint: (eventTypes, secret) =>
      call('POST', '', {
        body: {
          url: 'https://polling.invalid/',
          description: 'npm run listen',
          eventTypes,
          status: 'unverified',
          ...(secret === undefined ? {} : { secret }),
        },
      }),
    poll: (id, cursor, signal) =>
      call('GET', `/${id}/poll${cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`}`, { signal }),
    deleteEndpoint: (id) => call('DELETE', `/${id}`),
  };
}

function contentOf(text, gatewayUrl) {
  try {
    return JSON.parse(text);
  } catch {
    throw new CannotListen(`What answers at ${gatewayUrl} is no gateway of Hookshop; name one with --url.`);
  }
}

function refusalOf(status, text) {
  const problem = problemIn(text);
  if (status === 401) {
    return new CannotListen("The gateway does not know this key. Give a partner's with --key or PARTNER_API_KEY.");
  }
  if (status === 403) {
    return new CannotListen("This key may not have webhook endpoints. Give a partner's with --key or PARTNER_API_KEY.");
  }
  const reasons = [problem.detail, ...(problem.errors ?? []).map(({ message }) => message)].filter(Boolean).join(' ');
  const message = `The gateway answered ${status}: ${reasons || text.slice(0, 200)}`;
  return status >= 500 || status === 429 ? new GatewayAway(message) : new CannotListen(message);
}

function problemIn(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
