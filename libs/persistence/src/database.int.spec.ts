import { testDatabase } from '@hookshop/testing';
import { PassThrough } from 'node:stream';
import { createLogger, type Logger } from '@hookshop/observability';
import { Column, DataSource, Entity, type MigrationInterface, PrimaryColumn, type QueryRunner } from 'typeorm';
import { Database } from './database.js';
import { CommitOutcomeUnknown, isConnectionError, isStalePlanError } from './database-errors.js';
import { openDataSource } from './open-data-source.js';

@Entity('notes')
class Note {
  @PrimaryColumn('integer') id: number;
  @Column('text') text: string;
  @Column('bigint', { default: 0 }) cents: number;
}

class CreateNotes1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE notes (id integer PRIMARY KEY, text text NOT NULL, cents bigint NOT NULL DEFAULT 0)`,
    );
    await runner.query(`CREATE TABLE runs (at timestamptz)`);
    await runner.query(`INSERT INTO runs VALUES (now())`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE notes, runs`);
  }
}

describe('a database', () => {
  const log: Logger = createLogger('spec', { logLevel: 'fatal', nodeEnv: 'test' }, new PassThrough());
  let server: Awaited<ReturnType<typeof testDatabase>>;
  let opened: DataSource[];
  let database: Database;

  const open = async (): Promise<Database> => {
    const dataSource = await openDataSource(
      { url: server.url, entities: [Note], migrations: [CreateNotes1700000000001], poolSize: 3 },
      log,
    );
    opened.push(dataSource);
    return new Database(dataSource);
  };
  const notes = async (): Promise<number[]> =>
    (await server.query<{ id: number }>('SELECT id FROM notes ORDER BY id')).map(({ id }) => id);

  beforeEach(async () => {
    opened = [];
    server = await testDatabase();
    database = await open();
  });

  afterEach(async () => {
    for (const dataSource of opened) await dataSource.destroy();
    await server.drop();
  });

  it('commits statements and entities of one transaction together', async () => {
    await database.transaction(async (tx) => {
      await tx.query(`INSERT INTO notes VALUES (1, 'by statement')`);
      await tx.manager.save(Object.assign(new Note(), { id: 2, text: 'by entity', cents: 9_007_199_254_740_991 }));
      expect(await notes()).toEqual([]);
    });

    expect(await notes()).toEqual([1, 2]);
    expect(await database.query('SELECT cents FROM notes WHERE id = 2')).toEqual([{ cents: 9_007_199_254_740_991 }]);
  });

  it('rolls everything back when the work fails, and the connection stays good', async () => {
    const work = database.transaction(async (tx) => {
      await tx.query(`INSERT INTO notes VALUES (1, 'never')`);
      throw new Error('changed my mind');
    });

    await expect(work).rejects.toThrow('changed my mind');
    expect(await notes()).toEqual([]);
    await database.transaction((tx) => tx.query(`INSERT INTO notes VALUES (2, 'next')`));
    expect(await notes()).toEqual([2]);
  });

  it('commits nothing, and follows nothing up, when the statement that travels with COMMIT fails', async () => {
    let followedUp = false;
    const work = database.transaction(async (tx) => {
      await tx.query(`INSERT INTO notes VALUES (1, 'never')`);
      tx.beforeCommit(() => tx.query(`INSERT INTO notes VALUES (1, 'twice')`));
      tx.afterCommit(() => (followedUp = true));
    });

    await expect(work).rejects.toMatchObject({ code: '23505' });
    expect(await notes()).toEqual([]);
    expect(followedUp).toBe(false);
  });

  it('says that the outcome is unknown when the connection is lost while committing', async () => {
    await server.query(`
      CREATE FUNCTION lose_connection() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$`);
    await server.query(`
      CREATE CONSTRAINT TRIGGER lose_connection AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION lose_connection()`);

    const work = database.transaction((tx) => tx.query(`INSERT INTO notes VALUES (1, 'perhaps')`));

    await expect(work).rejects.toBeInstanceOf(CommitOutcomeUnknown);
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('knows a lost connection from a refused statement', async () => {
    const lost = await database
      .transaction((tx) => tx.query('SELECT pg_terminate_backend(pg_backend_pid())'))
      .catch((error: unknown) => error);
    const refused = await database.query('SELECT 1 / 0').catch((error: unknown) => error);

    expect(isConnectionError(lost)).toBe(true);
    expect(isConnectionError(refused)).toBe(false);
  });

  it('gets over a table that changed under a prepared statement', async () => {
    const read = () => database.transaction((tx) => tx.query('SELECT * FROM notes'));
    for (let count = 0; count < 4; count += 1) await read();
    await server.query('ALTER TABLE notes ADD COLUMN late integer');

    // Each connection that prepared it fails once and is thrown away.
    let failures = 0;
    for (let count = 0; count < 8; count += 1) {
      await read().catch((error: unknown) => {
        if (!isStalePlanError(error)) throw error;
        failures += 1;
      });
    }
    expect(failures).toBeGreaterThan(0);
    expect(failures).toBeLessThanOrEqual(3);
  });

  it('migrates once when several instances start together', async () => {
    await Promise.all([open(), open(), open()]);

    expect(await server.query('SELECT * FROM runs')).toHaveLength(1);
  });
});
