import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateMessaging1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE outbox (
        id uuid PRIMARY KEY,
        subject text NOT NULL,
        headers json NOT NULL,
        payload text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        set_aside_at timestamptz,
        failure text
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

      CREATE TABLE inbox (
        reaction text NOT NULL,
        event_id uuid NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (reaction, event_id)
      );
      CREATE INDEX inbox_received_at ON inbox USING brin (received_at);

      CREATE TABLE failed_attempts (
        reaction text NOT NULL,
        event_id uuid NOT NULL,
        attempts integer NOT NULL,
        log jsonb NOT NULL,
        PRIMARY KEY (reaction, event_id)
      );

      CREATE TABLE dead_letters (
        id uuid PRIMARY KEY,
        reaction text NOT NULL,
        event_id uuid NOT NULL,
        event_type text NOT NULL,
        fact jsonb NOT NULL,
        reason text NOT NULL,
        error text NOT NULL,
        attempts jsonb NOT NULL,
        dead_at timestamptz NOT NULL DEFAULT now(),
        redrive_requested_at timestamptz,
        UNIQUE (reaction, event_id)
      );
      CREATE INDEX dead_letters_to_redrive ON dead_letters (redrive_requested_at) WHERE redrive_requested_at IS NOT NULL;

      CREATE TABLE leases (
        name text PRIMARY KEY,
        holder text NOT NULL,
        expires_at timestamptz NOT NULL
      );

      CREATE TABLE reaction_places (
        reaction text PRIMARY KEY,
        first_started_at timestamptz NOT NULL DEFAULT now(),
        level_at bigint,
        overtaken_at timestamptz,
        detail text
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE outbox, inbox, failed_attempts, dead_letters, leases, reaction_places');
  }
}
