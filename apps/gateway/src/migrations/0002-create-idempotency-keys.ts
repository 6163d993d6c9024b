import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateIdempotencyKeys1700000001002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotency_keys (
        api_key_id uuid NOT NULL,
        key text NOT NULL,
        request_hash bytea NOT NULL,
        -- Fixed before order is asked: whoever asks again, asks for the same order.
        order_id uuid NOT NULL,
        -- The request that is placing the order, until its lock expires.
        holder uuid NOT NULL,
        locked_until timestamptz NOT NULL,
        -- The body of the 201, as it was sent.
        answer text,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (api_key_id, key)
      );
      CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_keys');
  }
}
