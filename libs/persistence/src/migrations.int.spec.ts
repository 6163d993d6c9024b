import { PassThrough } from 'node:stream';
import { ServiceConfig, type MigrationMode } from '@hookshop/config';
import { createLogger, Health, ObservabilityModule, type Logger } from '@hookshop/observability';
import { eventually, testDatabase, type TestDatabase } from '@hookshop/testing';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { awaitMigrations } from './await-migrations.js';
import { openDataSource } from './open-data-source.js';
import { PersistenceModule } from './persistence.module.js';

class CreateNotes1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE notes (id integer PRIMARY KEY)');
  }
  async down(): Promise<void> {}
}
class AddTexts1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE notes ADD COLUMN text text');
  }
  async down(): Promise<void> {}
}
/** Its class has another name, as after a minifier. */
class Renamed extends AddTexts1700000000002 {
  readonly name = 'AddTexts1700000000002';
}

const old = [CreateNotes1700000000001];
const current = [...old, AddTexts1700000000002];

describe('the schema of a service that does not migrate by itself', () => {
  const log: Logger = createLogger('spec', { logLevel: 'fatal', nodeEnv: 'test' }, new PassThrough());
  let server: TestDatabase;
  let opened: DataSource[];
  let heard: string[][];
  let looks: number;

  beforeEach(async () => {
    opened = [];
    heard = [];
    looks = 0;
    server = await testDatabase();
  });
  afterEach(async () => {
    for (const dataSource of opened) await dataSource.destroy();
    await server.drop();
  });

  const optionsOf = (migrations: typeof current, url = server.url) => ({ url, entities: [], migrations, poolSize: 2 });
  const migrate = async (migrations: typeof current): Promise<void> => {
    opened.push(await openDataSource(optionsOf(migrations), log));
  };
  const openWhenMigrated = async (migrations: typeof current): Promise<void> => {
    const waits = (dataSource: DataSource) => {
      const { query } = dataSource;
      dataSource.query = (...call) => {
        looks += 1;
        return query.apply(dataSource, call) as never;
      };
      return awaitMigrations(dataSource, log, (missing) => heard.push([...missing]));
    };
    opened.push(await openDataSource(optionsOf(migrations), log, waits));
  };

  it('is waited for until another has migrated it', async () => {
    const waiting = openWhenMigrated(current);
    await eventually(() => looks >= 3);
    await eventually(() => heard, [['CreateNotes1700000000001', 'AddTexts1700000000002']]);
    await migrate(old);
    await eventually(() => heard.at(-1), ['AddTexts1700000000002']);
    await migrate(current);
    await waiting;

    expect(heard).toHaveLength(2);
  });

  it('is not waited for when it is newer than what the service knows', async () => {
    await migrate(current);
    await openWhenMigrated(old);

    expect(heard).toEqual([]);
  });

  it('is known by the names the migrations give themselves', async () => {
    await migrate(current);
    await openWhenMigrated([CreateNotes1700000000001, Renamed]);

    expect(heard).toEqual([]);
  });

  it('is only read', async () => {
    const waiting = openWhenMigrated(current);
    await eventually(() => heard.length > 0);
    expect(await server.query(`SELECT FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
    await migrate(current);
    await waiting;
  });

  describe('in a process', () => {
    let context: INestApplicationContext | undefined;
    let health: Health;
    afterEach(() => context?.close());

    const boot = async (migrations: MigrationMode): Promise<void> => {
      const config = Object.assign(new ServiceConfig(), { migrations, logLevel: 'silent', nodeEnv: 'test' });
      class Settings {}
      class Root {}
      const settings = {
        module: Settings,
        global: true,
        // Made while the database is still waited for.
        providers: [
          { provide: ServiceConfig, useValue: config },
          { provide: 'watch', inject: [Health], useFactory: (found: Health) => void (health = found) },
        ],
        exports: [ServiceConfig],
      };
      const imports = [
        ObservabilityModule.forRoot('order', config),
        settings,
        PersistenceModule.forRoot(optionsOf(current)),
      ];
      context = await NestFactory.createApplicationContext({ module: Root, imports }, { logger: false });
    };

    it.each<MigrationMode>(['run', 'only'])('is brought up to date when it is told to: %s', async (mode) => {
      await boot(mode);

      expect(await server.query('SELECT text FROM notes')).toEqual([]);
      expect(await health.report()).toEqual({ ok: true, checks: { database: { ok: true } } });
    });

    it('is said to be missing, and what of it, until it is there', async () => {
      const booted = boot('skip');
      const detail = 'waiting for migrations: 2 missing, first CreateNotes1700000000001';
      await eventually(() => health.report(), { ok: false, checks: { database: { ok: false, detail } } });
      await migrate(current);
      await booted;

      expect(await health.report()).toEqual({ ok: true, checks: { database: { ok: true } } });
    });
  });
});
