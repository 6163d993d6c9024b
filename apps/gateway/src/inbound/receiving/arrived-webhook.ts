import type { InboundSource } from '../sources/inbound-source.js';
import type { KeptHeaders } from './kept-headers.js';

/** What somebody sent to a source. */
export interface ArrivedWebhook {
  source: InboundSource;
  headers: KeptHeaders;
  /** The raw bytes. */
  body: Buffer;
  /** Where the connection came from. */
  address: string;
}

/** One whose signature is genuine. */
export interface VerifiedWebhook extends ArrivedWebhook {
  /** The sender's id of it. */
  webhookId: string;
}
