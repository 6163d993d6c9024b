export { InvalidSecret } from './invalid-secret.js';
export { mintKeyPair, type KeyPair } from './key-pair.js';
export { mintSecret, secretKey } from './secret-key.js';
export {
  ed25519Signer,
  hmacSigner,
  signatureHeader,
  webhookHeaders,
  type SignedMessage,
  type Signer,
  type WebhookHeaders,
} from './sign.js';
export {
  verifyWebhook,
  type ReceivedHeaders,
  type TrustedKeys,
  type Verification,
  type VerificationTime,
} from './verify-webhook.js';
