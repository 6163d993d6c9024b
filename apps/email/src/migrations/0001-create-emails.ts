import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateEmails1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE emails (
        id uuid PRIMARY KEY,
        order_id uuid NOT NULL,
        kind text NOT NULL,
        recipient text NOT NULL,
        content jsonb NOT NULL,
        message_id text NOT NULL,
        sequence integer NOT NULL,
        status text NOT NULL CHECK (status IN ('pending', 'sent', 'failed', 'suppressed')),
        attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz,
        leased_until timestamptz,
        version integer NOT NULL DEFAULT 1,
        cause jsonb NOT NULL,
        error text,
        created_at timestamptz NOT NULL DEFAULT now(),
        sent_at timestamptz,
        UNIQUE (order_id, kind)
      );
      CREATE INDEX emails_pending ON emails (next_attempt_at) WHERE status = 'pending';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE emails');
  }
}
