import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateWebhooks1700000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Ids begin with the time they were made at: their order is that of owing. due_at is null once nothing is owed any
    // more. A usual body fits into a page, and is kept there as it is.
    await runner.query(`
      CREATE TABLE webhooks (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        sender text COLLATE "C" NOT NULL CHECK (sender IN ('stripe', 'carrier')),
        event_id text COLLATE "C" NOT NULL,
        after_event_id text COLLATE "C",
        body text NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        due_at timestamptz,
        answered_at timestamptz,
        delivered_at timestamptz,
        last_error text,
        created_at timestamptz NOT NULL DEFAULT now()
      ) WITH (toast_tuple_target = 8160)`);
    await runner.query(`CREATE INDEX webhooks_due ON webhooks (sender, due_at, id) WHERE due_at IS NOT NULL`);
    await runner.query(`CREATE INDEX webhooks_of_event ON webhooks (event_id, id)`);
    await runner.query(
      `CREATE INDEX webhooks_to_follow ON webhooks (after_event_id) WHERE after_event_id IS NOT NULL AND attempts = 0`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE webhooks`);
  }
}
