import { hmacSigner, webhookHeaders } from '@hookshop/webhooks';
import { v7 } from 'uuid';

/** Where the partner tells the gateway to send to; only the stand-in gateway reads it. */
export const partnerUrl = 'http://partner.example/partner/webhooks';

export interface SignedWebhook {
  headers: Record<string, string>;
  body: string;
}

/** A webhook as the gateway signs it. */
export function signed(
  secret: string,
  body: object | string,
  { id = v7(), agoSeconds = 0, headers = {} }: { id?: string; agoSeconds?: number; headers?: object } = {},
): SignedWebhook {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const timestamp = Math.floor(Date.now() / 1000) - agoSeconds;
  return {
    headers: {
      'content-type': 'application/json',
      ...webhookHeaders([hmacSigner(secret)], { id, timestamp, body: text }),
      ...headers,
    },
    body: text,
  };
}

export const occurrence = (type: string, data: object = {}) => ({ type, timestamp: '2026-01-01T00:00:00.000Z', data });

/** Sends it and answers with the status. */
export async function send(
  sandboxUrl: string,
  { headers, body }: { headers: object; body: string | Uint8Array<ArrayBuffer> },
) {
  const request = { method: 'POST', headers: { ...headers }, body };
  const { status } = await fetch(`${sandboxUrl}/partner/webhooks`, request);
  return status;
}

export const registering = (gatewayUrl: string): NodeJS.ProcessEnv => ({
  PARTNER_GATEWAY_URL: gatewayUrl,
  PARTNER_WEBHOOK_URL: partnerUrl,
  PARTNER_API_KEY: 'sk_partner_of_the_specs',
});
