import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreatePayments1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // An order has one payment, and one that was cancelled first keeps its place: nothing charges it later.
    await runner.query(`
      CREATE TABLE payments (
        id uuid PRIMARY KEY,
        order_id uuid NOT NULL UNIQUE,
        status text NOT NULL CHECK (status IN (
          'pending', 'authenticating', 'cancelling', 'captured', 'declined', 'cancelled',
          'refunding', 'refund-failed', 'refunded'
        )),
        version integer NOT NULL CHECK (version > 0),
        amount_in_cents bigint CHECK (amount_in_cents >= 0),
        currency text,
        method text,
        provider_reference text,
        refund_reference text,
        decline_reason text,
        attempts integer NOT NULL DEFAULT 0,
        refund_failures integer NOT NULL DEFAULT 0,
        refund_log jsonb NOT NULL DEFAULT '[]',
        first_attempt_at timestamptz,
        last_attempt_at timestamptz,
        next_attempt_at timestamptz,
        leased_until timestamptz,
        cause jsonb,
        cancellation_cause jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CHECK (status = 'cancelled' OR (amount_in_cents IS NOT NULL AND currency IS NOT NULL AND method IS NOT NULL)),
        CHECK (status NOT IN ('captured', 'refunding', 'refund-failed', 'refunded') OR provider_reference IS NOT NULL),
        CHECK (status <> 'refunded' OR refund_reference IS NOT NULL),
        CHECK (status <> 'declined' OR decline_reason IS NOT NULL)
      );
      CREATE INDEX payments_to_attempt ON payments (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE payments');
  }
}
