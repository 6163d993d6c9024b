import { WebhookReceived } from '@hookshop/contracts';
import { HandlesEvery, type Fact, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { validate as isUuid } from 'uuid';
import { insertTimeline } from './insert-timeline.js';

/** Keeps every fact that belongs to an order, for people who ask what happened to it. */
@Injectable()
export class RecordTimeline {
  // Which order a third party speaks of, its reader finds out, and states facts of that order.
  @HandlesEvery({ from: 'beginning', background: true, except: [WebhookReceived] })
  async record(facts: Fact<unknown>[], tx: Transaction): Promise<void> {
    const ofOrders = facts.filter(({ correlationId }) => isUuid(correlationId));
    if (ofOrders.length > 0) await insertTimeline(tx, ofOrders);
  }
}
