import { createRequire } from 'node:module';
import { webhookHeaders } from '@hookshop/webhooks';
import { contentTypeOf } from '../fan-out/bodies.js';
import type { AttemptRequest } from '../sending/attempt.js';
import type { Target } from './target.js';

const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string };

export const USER_AGENT = `Hookshop-Webhooks/${version}`;

/** The request of one attempt: signed now, over the bytes that are sent. */
export function outgoingRequest(
  { url, headers, signers, format, timeoutSeconds }: Target,
  { id, body }: { id: string; body: string },
  now: Date,
): AttemptRequest {
  const timestamp = Math.floor(now.getTime() / 1_000);
  return {
    method: 'POST',
    url,
    headers: {
      ...headers,
      'content-type': contentTypeOf(format),
      'user-agent': USER_AGENT,
      'accept-encoding': 'identity',
      ...webhookHeaders(signers, { id, timestamp, body }),
    },
    body,
    timeoutMs: timeoutSeconds * 1_000,
  };
}
