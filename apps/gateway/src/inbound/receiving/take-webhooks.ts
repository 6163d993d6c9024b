import { Transactions, type Transaction } from '@hookshop/messaging';
import { currentTrace, Logger, Metrics } from '@hookshop/observability';
import { GroupCommit } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { GatewayConfig } from '../../gateway.config.js';
import { eventIn } from '../sources/event-in.js';
import { stateReceipt } from '../receipts/state-receipt.js';
import type { VerifiedWebhook } from './arrived-webhook.js';
import { insertReceipts, type NewReceipt, type StoredReceipt } from './insert-receipts.js';

const MIB = 1024 * 1024;

/** Takes every verified webhook once: its receipt and its fact commit together. */
@Injectable()
export class TakeWebhooks {
  private readonly group = new GroupCommit<NewReceipt, StoredReceipt>(
    (receipts) => this.transactions.run((tx) => this.takeAll(receipts, tx)),
    { weightOf: ({ body }) => body.length, maxWeight: 8 * MIB },
  );
  private readonly suspicions;

  constructor(
    private readonly transactions: Transactions,
    private readonly config: GatewayConfig,
    private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.suspicions = metrics.counter({
      name: 'inbound_replays_suspected_total',
      help: 'Webhooks with a body that was signed once and came again under another id',
      labelNames: ['source'],
    });
  }

  /**
   * Webhooks that arrive together share a transaction; each is answered for itself.
   *
   * @throws CommitOutcomeUnknown, and what PostgreSQL throws when it is away: the sender comes again
   */
  take(webhook: VerifiedWebhook): Promise<StoredReceipt> {
    const { mapping } = webhook.source;
    const event = mapping && eventIn(mapping, webhook.body);
    const { traceparent } = currentTrace() ?? {};
    return this.group.run({ ...webhook, id: uuidv7(), event, receivedAt: new Date(), traceparent });
  }

  private async takeAll(receipts: NewReceipt[], tx: Transaction): Promise<StoredReceipt[]> {
    const stored = await insertReceipts(tx, receipts, this.config.inboundReplayWindowHours);
    return receipts.map((receipt) => {
      const outcome = stored.get(receipt.id)!;
      if (outcome.status === 'received') {
        stateReceipt(tx, { ...receipt, source: receipt.source.name, replaySuspected: outcome.replaySuspected });
      }
      tx.afterCommit(() => this.tell(receipt, outcome));
      return outcome;
    });
  }

  private tell({ id: receiptId, source: { name: source }, event }: NewReceipt, outcome: StoredReceipt): void {
    if (outcome.replaySuspected) {
      this.suspicions.inc({ source });
      this.log.warn({ receiptId, source }, 'A webhook has the body of an earlier one under another id');
    }
    if (outcome.status === 'received' && event && 'fault' in event) {
      this.log.warn(
        { receiptId, source, reason: event.fault },
        'A webhook is not the event that its source stands for',
      );
    }
  }
}
