import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IndexProviderReferences1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // What is returned by hand at the provider is told with the id of its payment there, and with nothing of ours.
    await runner.query(`
      CREATE INDEX payments_by_provider_reference ON payments (provider_reference) WHERE provider_reference IS NOT NULL
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX payments_by_provider_reference');
  }
}
