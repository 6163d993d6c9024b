import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IndexInboxByAge1700000000501 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // What is forgotten leaves room that is filled anew, so that young and old lie side by side: a BRIN index, which
    // knows only the oldest and the youngest of many pages, sends the cleaning through the whole inbox every minute.
    await runner.query(`
      DROP INDEX inbox_received_at;
      CREATE INDEX inbox_received_at ON inbox (received_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX inbox_received_at;
      CREATE INDEX inbox_received_at ON inbox USING brin (received_at);
    `);
  }
}
