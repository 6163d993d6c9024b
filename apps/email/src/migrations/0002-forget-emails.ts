import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ForgetEmails1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Mails whose recipient and content are still known, oldest first: ids are in the order of time.
      CREATE INDEX emails_known ON emails (id) WHERE recipient <> '' AND status <> 'pending'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX emails_known');
  }
}
