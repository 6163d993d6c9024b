import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IndexSetAside1700000000500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // As good as empty. Without it, counting what was set aside reads a whole outbox, which is long when it matters.
    await runner.query(`CREATE INDEX outbox_set_aside ON outbox (set_aside_at) WHERE set_aside_at IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX outbox_set_aside');
  }
}
