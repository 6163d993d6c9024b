import type { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { type OwedWebhook, oweWebhooks } from '../../webhooks/owe-webhooks.js';
import { SendWebhooks } from '../../webhooks/send-webhooks.js';
import type { Telling } from '../behaviour/provider-behaviour.js';

/** An answer waits no longer for its webhook. */
const FIRST_MS = 5_000;

/** Tells the merchant by webhook what became of its payments, besides answering its requests. */
@Injectable()
export class TellMerchant {
  constructor(private readonly webhooks: SendWebhooks) {}

  /** The event as it is owed, or null where it is not. */
  owed(event: OwedWebhook, { copies }: Telling): OwedWebhook | null {
    return copies > 0 && this.webhooks.sends('stripe') ? { ...event, copies } : null;
  }

  /** In the transaction that changes the books. */
  async owe(event: OwedWebhook, telling: Telling, tx: Pick<Database, 'query'>): Promise<void> {
    const owed = this.owed(event, telling);
    if (owed !== null) await oweWebhooks(tx, [owed]);
  }

  /** Once the books are committed. Resolves when the answer may go out. */
  async told(eventId: string, { first }: Telling): Promise<void> {
    this.webhooks.wake('stripe');
    if (first) await this.webhooks.attempted([eventId], FIRST_MS);
  }
}
