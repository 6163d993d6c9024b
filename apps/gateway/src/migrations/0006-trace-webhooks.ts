import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TraceWebhooks1700000001006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- W3C trace context of the fact as it was fanned out: every attempt goes on from there, however late it is.
      ALTER TABLE webhook_messages ADD COLUMN traceparent text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE webhook_messages DROP COLUMN traceparent');
  }
}
