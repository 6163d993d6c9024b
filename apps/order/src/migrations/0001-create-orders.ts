import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateOrders1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE orders (
        id uuid PRIMARY KEY,
        status text NOT NULL,
        version integer NOT NULL,
        customer jsonb NOT NULL,
        lines jsonb NOT NULL,
        total_in_cents bigint NOT NULL CHECK (total_in_cents >= 0),
        currency text NOT NULL,
        payment_method text NOT NULL,
        shipping_address jsonb NOT NULL,
        cancellation_reason text,
        placed_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        deadline_at timestamptz NOT NULL
      ) WITH (fillfactor = 80);
      CREATE INDEX orders_by_email ON orders (lower(customer ->> 'email'), id DESC);
      CREATE INDEX orders_by_status ON orders (status, id DESC);
      CREATE INDEX orders_by_deadline ON orders (deadline_at) WHERE status IN ('placed', 'awaiting-payment');

      CREATE TABLE product_prices (
        sku text PRIMARY KEY,
        name text,
        price_in_cents bigint NOT NULL,
        currency text NOT NULL,
        version bigint NOT NULL
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE orders, product_prices');
  }
}
