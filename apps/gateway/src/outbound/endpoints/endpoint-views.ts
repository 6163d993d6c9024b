import type { JsonSchema } from '@hookshop/contracts';
import { id, oneOf, orNull, text, time, view, whole } from '../../documentation/schema-parts.js';
import { formats, orderings, payloads, signatureSchemes } from './endpoint.js';
import type { EndpointView } from './select-endpoints.js';
import type { EndpointStats } from './show-stats.js';

const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

const endpoint: Record<keyof EndpointView, JsonSchema> = {
  id,
  partnerId: text,
  url: { type: 'string', format: 'uri' },
  description: text,
  eventTypes: list({ type: 'string', examples: ['order.*'] }),
  filter: { type: ['object', 'null'] },
  format: oneOf(formats),
  payload: oneOf(payloads),
  ordering: oneOf(orderings),
  signatures: list(oneOf(signatureSchemes)),
  headers: { type: 'object', additionalProperties: text },
  timeoutSeconds: whole,
  retryScheduleSeconds: { type: ['array', 'null'], items: whole },
  maxPerSecond: orNull(whole),
  maxInFlight: whole,
  status: oneOf(['enabled', 'disabled', 'unverified']),
  disabledReason: orNull(oneOf(['manual', 'gone', 'failing'])),
  circuit: oneOf(['closed', 'open', 'probing']),
  pausedUntil: orNull(time),
  publicKey: orNull(text),
  createdAt: time,
  updatedAt: time,
};

const secret: JsonSchema = { type: 'string', description: '`whsec_` and 32 bytes in base64; signs every request.' };

/** What these routes answer, by name. */
export const endpointViews = {
  WebhookEndpoint: view<EndpointView>(endpoint),
  NewWebhookEndpoint: view<EndpointView & { secret: string }>({ ...endpoint, secret }),
  WebhookSecret: view<{ secret: string }>({ secret }),
  WebhookStats: view<EndpointStats>({
    endpointId: id,
    since: time,
    attempts: view<EndpointStats['attempts']>({ delivered: whole, failed: whole }),
    exhausted: whole,
    meanDurationMs: { type: ['number', 'null'] },
    maxDurationMs: { type: ['number', 'null'] },
    backlog: view<EndpointStats['backlog']>({ pending: whole, inFlight: whole, oldestAgeSeconds: orNull(whole) }),
    held: whole,
  }),
} satisfies Record<string, JsonSchema>;
