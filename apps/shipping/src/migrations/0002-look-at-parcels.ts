import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LookAtParcels1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // A column of its own: instances of before call off what has a next attempt and is not to be booked. What they book
    // meanwhile, and all that was booked before, has no next look and is due at once: nothing has to be filled in.
    await runner.query(`
      ALTER TABLE shipments ADD COLUMN next_look_at timestamptz;
      CREATE INDEX shipments_to_look_at ON shipments (coalesce(next_look_at, '-infinity'))
        WHERE status IN ('booked', 'dispatched');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE shipments DROP COLUMN next_look_at');
  }
}
