import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateTimeline1700000001003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE timeline (
        event_id uuid PRIMARY KEY,
        order_id uuid NOT NULL,
        stream_sequence bigint NOT NULL,
        type text NOT NULL,
        source text NOT NULL,
        time timestamptz NOT NULL,
        -- json keeps what jsonb refuses (NUL in a string); nobody searches in it.
        data json NOT NULL
      );
      -- A broker that lost its disk counts from one again, so a place in the stream identifies nothing by itself.
      CREATE INDEX timeline_order ON timeline (order_id, stream_sequence, event_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE timeline');
  }
}
