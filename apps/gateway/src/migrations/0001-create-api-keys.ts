import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateApiKeys1700000001001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE api_keys (
        id uuid PRIMARY KEY,
        role text NOT NULL CHECK (role IN ('shop', 'partner', 'admin')),
        partner_id text,
        name text NOT NULL,
        -- The environment variable that gave this key.
        variable text,
        lookup bytea NOT NULL,
        digest bytea NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        revoked_at timestamptz,
        CHECK ((role = 'partner') = (partner_id IS NOT NULL))
      );
      CREATE INDEX api_keys_lookup ON api_keys (lookup);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE api_keys');
  }
}
