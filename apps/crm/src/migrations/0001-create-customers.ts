import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCustomers1700000004001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Counters change with every fact, and are in no index: the free space keeps row versions on the same page. They
    // have no CHECK: a change is proposed as a row to insert, and there a difference may be negative.
    await runner.query(`
      CREATE TABLE customers (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        email_key text NOT NULL UNIQUE,
        email text NOT NULL,
        name text NOT NULL,
        named_at timestamptz NOT NULL,
        segment text NOT NULL DEFAULT 'new' CHECK (segment IN ('new', 'returning', 'vip')),
        orders_placed bigint NOT NULL,
        orders_confirmed bigint NOT NULL,
        captured_in_cents bigint NOT NULL,
        refunded_in_cents bigint NOT NULL,
        first_seen_at timestamptz NOT NULL,
        last_seen_at timestamptz NOT NULL,
        version bigint NOT NULL DEFAULT 1
      ) WITH (fillfactor = 70);

      COMMENT ON COLUMN customers.email_key IS 'the e-mail address in lower case: one customer per address';
      COMMENT ON COLUMN customers.named_at IS 'time of the fact that email and name are from: the newest wins';

      CREATE TABLE customer_orders (
        order_id uuid PRIMARY KEY,
        email_key text,
        confirmed boolean NOT NULL DEFAULT false,
        cancelled boolean NOT NULL DEFAULT false,
        captured_in_cents bigint NOT NULL DEFAULT 0,
        refunded_in_cents bigint NOT NULL DEFAULT 0,
        first_fact_at timestamptz NOT NULL,
        last_fact_at timestamptz NOT NULL
      ) WITH (fillfactor = 70);

      COMMENT ON COLUMN customer_orders.email_key IS 'null: only payments of the order were heard of, not whose it is';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE customers, customer_orders');
  }
}
