import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreatePartnerReceipts1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // The body as it was signed. Ids begin with the time they were made at: their order is that of receiving.
    await runner.query(`
      CREATE TABLE partner_receipts (
        id uuid PRIMARY KEY,
        webhook_id text COLLATE "C" NOT NULL,
        type text COLLATE "C" NOT NULL,
        order_id text COLLATE "C",
        headers jsonb NOT NULL,
        body text NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now()
      )`);
    // Tells which copy of its message a receipt is: counted where it is shown, since receiving must cost little.
    await runner.query(`CREATE INDEX partner_receipts_of_message ON partner_receipts (webhook_id, id)`);
    await runner.query(
      `CREATE INDEX partner_receipts_of_order ON partner_receipts (order_id, id) WHERE order_id IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE partner_receipts`);
  }
}
