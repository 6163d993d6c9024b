import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateInteractions1700000004002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Event ids are UUIDv7, so their order is the order of time. The partial index is as good as empty: it holds what
    // waits for its order.
    await runner.query(`
      CREATE TABLE interactions (
        event_id uuid PRIMARY KEY,
        customer_id uuid,
        order_id uuid NOT NULL,
        type text NOT NULL,
        time timestamptz NOT NULL,
        detail jsonb NOT NULL
      );
      CREATE INDEX interactions_of_customer ON interactions (customer_id, event_id);
      CREATE INDEX interactions_without_customer ON interactions (order_id) WHERE customer_id IS NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE interactions');
  }
}
