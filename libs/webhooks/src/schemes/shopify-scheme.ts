import { hmacScheme } from './hmac-scheme.js';
import { type SignatureScheme } from './signature-scheme.js';

/**
 * Shopify: `X-Shopify-Hmac-Sha256: <base64>` over the body, the id in `X-Shopify-Webhook-Id`.
 *
 * @throws InvalidSecret
 */
export const shopifyScheme = (secrets: readonly string[]): SignatureScheme =>
  hmacScheme({
    secrets,
    header: 'x-shopify-hmac-sha256',
    encoding: 'base64',
    id: { header: 'x-shopify-webhook-id' },
  });
