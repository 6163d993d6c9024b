import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateShipments1700000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE SEQUENCE tracking_numbers MAXVALUE 9999999999`);
    // Ids begin with the time they were made at, so their own order is the order of booking, oldest first.
    await runner.query(`
      CREATE TABLE shipments (
        id text COLLATE "C" PRIMARY KEY,
        reference text COLLATE "C" NOT NULL,
        status text NOT NULL CHECK (status IN ('booked', 'picked_up', 'delivered', 'cancelled', 'returning')),
        tracking_number text COLLATE "C" NOT NULL UNIQUE,
        recipient text NOT NULL,
        address jsonb NOT NULL,
        items jsonb NOT NULL,
        idempotency_key text COLLATE "C" NOT NULL UNIQUE,
        fingerprint text NOT NULL,
        created_at timestamptz NOT NULL,
        picked_up_at timestamptz,
        delivered_at timestamptz,
        cancelled_at timestamptz,
        returning_at timestamptz,
        CHECK ((picked_up_at IS NULL) = (status IN ('booked', 'cancelled'))),
        CHECK ((delivered_at IS NULL) = (status <> 'delivered')),
        CHECK ((cancelled_at IS NULL) = (status <> 'cancelled')),
        CHECK ((returning_at IS NULL) = (status <> 'returning'))
      )`);
    await runner.query(`CREATE INDEX shipments_of_reference ON shipments (reference, id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE shipments`);
    await runner.query(`DROP SEQUENCE tracking_numbers`);
  }
}
