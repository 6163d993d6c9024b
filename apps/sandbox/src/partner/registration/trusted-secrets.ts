import { Injectable } from '@nestjs/common';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

/** The secrets of the partner's endpoints; in memory only, since the gateway gives them at any time. */
@Injectable()
export class TrustedSecrets {
  private webhooks: readonly Webhook[] = [];

  /** Replaces those trusted before. */
  trust(secrets: readonly string[]): void {
    this.webhooks = secrets.map((secret) => new Webhook(secret));
  }

  get areKnown(): boolean {
    return this.webhooks.length > 0;
  }

  /** Whether one of them signed these bytes, not long ago. */
  verify(body: Buffer, headers: Record<string, string>): boolean {
    return this.webhooks.some((webhook) => {
      try {
        webhook.verify(body, headers, { jsonParse: false });
        return true;
      } catch (error) {
        if (error instanceof WebhookVerificationError) return false;
        throw error;
      }
    });
  }
}
