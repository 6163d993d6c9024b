import { Database, GroupCommit } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';

/** A webhook that was verified. */
export interface Receipt {
  webhookId: string;
  type: string;
  orderId: string | null;
  headers: Record<string, string>;
  body: string;
}

/** Writes receipts down; those that come in together share a commit. */
@Injectable()
export class StoreReceipts {
  private readonly commits: GroupCommit<Receipt, void>;

  constructor(private readonly database: Database) {
    this.commits = new GroupCommit((receipts) => this.write(receipts));
  }

  /** Resolves when the receipt is on disk. */
  store(receipt: Receipt): Promise<void> {
    return this.commits.run(receipt);
  }

  private async write(receipts: Receipt[]): Promise<void[]> {
    await this.database.query(statement, [
      receipts.map(() => v7()),
      receipts.map(({ webhookId }) => webhookId),
      receipts.map(({ type }) => type),
      receipts.map(({ orderId }) => orderId),
      receipts.map(({ headers }) => JSON.stringify(headers)),
      receipts.map(({ body }) => body),
    ]);
    return receipts.map(() => undefined);
  }
}

const statement = `
  INSERT INTO partner_receipts (id, webhook_id, type, order_id, headers, body)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::text[])`;
