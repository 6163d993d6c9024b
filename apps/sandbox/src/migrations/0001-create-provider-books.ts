import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateProviderBooks1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Ids begin with the time they were made at, so their own order is the order of creation, oldest first.
    await runner.query(`
      CREATE TABLE payment_intents (
        id text COLLATE "C" PRIMARY KEY,
        order_id text COLLATE "C",
        amount_in_cents bigint NOT NULL CHECK (amount_in_cents > 0),
        captured_in_cents bigint NOT NULL CHECK (captured_in_cents IN (0, amount_in_cents)),
        refunded_in_cents bigint NOT NULL DEFAULT 0 CHECK (refunded_in_cents BETWEEN 0 AND captured_in_cents),
        currency text NOT NULL,
        status text NOT NULL,
        method text NOT NULL,
        failure text,
        cancellation_reason text,
        description text,
        return_url text,
        metadata jsonb NOT NULL,
        idempotency_key text,
        created_at timestamptz NOT NULL,
        canceled_at timestamptz
      )`);
    await runner.query(
      `CREATE INDEX payment_intents_of_order ON payment_intents (order_id, id) WHERE order_id IS NOT NULL`,
    );
    await runner.query(`
      CREATE TABLE refunds (
        id text COLLATE "C" PRIMARY KEY,
        payment_intent_id text COLLATE "C" NOT NULL REFERENCES payment_intents,
        order_id text COLLATE "C",
        amount_in_cents bigint NOT NULL CHECK (amount_in_cents > 0),
        currency text NOT NULL,
        status text NOT NULL,
        reason text,
        metadata jsonb NOT NULL,
        idempotency_key text,
        created_at timestamptz NOT NULL
      )`);
    await runner.query(`CREATE INDEX refunds_of_payment_intent ON refunds (payment_intent_id, id)`);
    await runner.query(`CREATE INDEX refunds_of_order ON refunds (order_id, id) WHERE order_id IS NOT NULL`);
    await runner.query(`
      CREATE TABLE idempotency_keys (
        key text COLLATE "C" PRIMARY KEY,
        request text NOT NULL,
        fingerprint text NOT NULL,
        request_id text NOT NULL,
        status smallint NOT NULL,
        body text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    // Keys come in the order of their age, so a few bytes per range of pages are enough to find the expired ones.
    await runner.query(`CREATE INDEX idempotency_keys_by_age ON idempotency_keys USING brin (created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE idempotency_keys, refunds, payment_intents`);
  }
}
