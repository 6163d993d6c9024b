import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateReservations1700000001002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE reservations (
        order_id uuid PRIMARY KEY,
        status text NOT NULL CHECK (status IN ('reserved', 'rejected', 'committed', 'released', 'cancelled')),
        version bigint NOT NULL DEFAULT 1,
        order_sequence bigint NOT NULL,
        lines jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 80);

      COMMENT ON COLUMN reservations.status IS 'cancelled: the order was cancelled before it could reserve anything';
      COMMENT ON COLUMN reservations.order_sequence IS 'sequence of the newest fact of the order that was applied';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE reservations');
  }
}
