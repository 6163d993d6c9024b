export { InvalidSecret } from './invalid-secret.js';
export { mintKeyPair, type KeyPair } from './key-pair.js';
export { mintSecret, secretKey } from './secret-key.js';
export { githubScheme } from './schemes/github-scheme.js';
export { hmacScheme, type HmacSchemeOptions } from './schemes/hmac-scheme.js';
export { InvalidPointer, jsonPointer } from './schemes/json-pointer.js';
export { shopifyScheme } from './schemes/shopify-scheme.js';
export { type ReceivedMessage, type SchemeVerification, type SignatureScheme } from './schemes/signature-scheme.js';
export { standardScheme } from './schemes/standard-scheme.js';
export { stripeScheme } from './schemes/stripe-scheme.js';
export {
  ed25519Signer,
  hmacSigner,
  signatureHeader,
  webhookHeaders,
  type SignedMessage,
  type Signer,
  type WebhookHeaders,
} from './sign.js';
export { type VerificationTime } from './verification-time.js';
export { verifyWebhook, type ReceivedHeaders, type TrustedKeys, type Verification } from './verify-webhook.js';
