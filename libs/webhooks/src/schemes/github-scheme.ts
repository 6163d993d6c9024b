import { hmacScheme } from './hmac-scheme.js';
import { type SignatureScheme } from './signature-scheme.js';

/**
 * GitHub: `X-Hub-Signature-256: sha256=<hex>` over the body, the id in `X-GitHub-Delivery`.
 *
 * @throws InvalidSecret
 */
export const githubScheme = (secrets: readonly string[]): SignatureScheme =>
  hmacScheme({
    secrets,
    header: 'x-hub-signature-256',
    encoding: 'hex',
    prefix: 'sha256=',
    id: { header: 'x-github-delivery' },
  });
