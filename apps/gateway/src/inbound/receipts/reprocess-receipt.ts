import { Problem } from '@hookshop/http';
import { Transactions } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { eventIn } from '../sources/event-in.js';
import { InboundSources } from '../sources/inbound-sources.js';
import { receiptColumns, toReceiptView, type ReceiptRow, type ReceiptView } from './receipt-view.js';
import { stateReceipt } from './state-receipt.js';

export interface ReprocessedView extends ReceiptView {
  /** Facts that were stated anew: that it was received, and the event that it is. */
  eventIds: string[];
}

/** States a webhook once more, for reactions that could not do with it what they should have. */
@Injectable()
export class ReprocessReceipt {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly sources: InboundSources,
  ) {}

  /** @throws Problem 404, 409 for what was never taken */
  async reprocess(id: string): Promise<ReprocessedView> {
    const [row] = await this.database.query<ReceiptRow & { body: Buffer }>(
      `SELECT ${receiptColumns}, body FROM inbound_webhooks WHERE id = $1`,
      [id],
    );
    if (!row) throw new Problem(404, 'There is no such inbound webhook.');
    if (row.status === 'rejected') {
      throw new Problem(409, 'It was rejected: nobody knows whose it is. Mend the cause and have it sent again.');
    }
    if (row.status === 'duplicate') throw new Problem(409, `It repeats ${row.duplicateOf}: reprocess that one.`);
    const { body, ...receipt } = row;
    const mapping = this.sources.find(receipt.source)?.mapping;
    const event = mapping && eventIn(mapping, body);
    const eventIds = await this.transactions.run(async (tx) => {
      // What the source stands for may be another event today, or one that fits only now.
      const reason = event && 'fault' in event ? event.fault : null;
      await tx.query('UPDATE inbound_webhooks SET reason = $2 WHERE id = $1', [id, reason]);
      receipt.reason = reason;
      return stateReceipt(tx, { ...receipt, webhookId: receipt.webhookId!, body, event });
    });
    return { ...toReceiptView(receipt), eventIds };
  }
}
