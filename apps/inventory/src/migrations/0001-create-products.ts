import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateProducts1700000001001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Stock changes touch no indexed column, and the free space keeps their row versions on the same page.
    await runner.query(`
      CREATE TABLE products (
        sku text PRIMARY KEY,
        name text NOT NULL,
        price_in_cents bigint NOT NULL CHECK (price_in_cents >= 0),
        currency text NOT NULL,
        received bigint NOT NULL,
        available bigint NOT NULL CHECK (available >= 0),
        reserved bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
        committed bigint NOT NULL DEFAULT 0 CHECK (committed >= 0),
        low_threshold bigint NOT NULL DEFAULT 0 CHECK (low_threshold >= 0),
        version bigint NOT NULL DEFAULT 1,
        listed_at timestamptz,
        CONSTRAINT no_piece_lost CHECK (available + reserved + committed = received)
      ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE products');
  }
}
