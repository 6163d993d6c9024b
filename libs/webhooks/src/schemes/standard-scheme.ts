import { webhookVerifier } from '../verify-webhook.js';
import { headerValue } from './header-value.js';
import { atLeastOne } from './hmac-keys.js';
import { type SignatureScheme } from './signature-scheme.js';

/**
 * Standard Webhooks, `v1`: `webhook-id`, `webhook-timestamp` and the body are signed.
 *
 * @param secrets `whsec_…`: any of them may have signed
 * @throws InvalidSecret
 */
export function standardScheme(secrets: readonly string[]): SignatureScheme {
  const verifyStandard = webhookVerifier({ secrets: atLeastOne(secrets) });

  return {
    signsIdAndTime: true,

    verify(message, time) {
      const id = headerValue(message, 'webhook-id');
      const timestamp = headerValue(message, 'webhook-timestamp');
      const signature = headerValue(message, 'webhook-signature');
      if (!id.ok) return id;
      if (!timestamp.ok) return timestamp;
      if (!signature.ok) return signature;

      const headers = { id: id.value, timestamp: timestamp.value, signature: signature.value };
      const verification = verifyStandard(headers, message.body, time);
      return verification.ok ? { ok: true, id: id.value } : verification;
    },
  };
}
