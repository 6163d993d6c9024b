import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ForgetTimelines1700000001007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The ends of orders, oldest first.
      CREATE INDEX timeline_ends ON timeline (time) WHERE type IN ('order.delivered.v1', 'order.cancelled.v1')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX timeline_ends');
  }
}
