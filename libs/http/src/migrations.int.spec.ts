import { ServiceConfig } from '@hookshop/config';
import { Health } from '@hookshop/observability';
import { eventually, freePort } from '@hookshop/testing';
import { Controller, Get, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { migrateOnly } from './migrate-only.js';
import { startService } from './run-service.js';

/** Stands in for the module of the database, which migrates, or waits, as it is made. */
class Databases {
  static readonly migrates = true;
  static made = 0;
  static closed = 0;
}

@Injectable()
class Broker implements OnModuleInit {
  static connected = 0;
  onModuleInit(): void {
    Broker.connected += 1;
  }
}

@Controller('orders')
class Orders {
  @Get() list() {
    return [];
  }
}

@Module({ controllers: [Orders], providers: [Broker] })
class Shop {}

const makeDatabase = (migrated: Promise<void>) => ({
  provide: 'database',
  inject: [Health],
  useFactory: async (health: Health) => {
    health.register('database', async () => ({ ok: false, detail: 'waiting for migrations' }));
    await migrated;
    health.register('database', async () => ({ ok: true }));
    Databases.made += 1;
    return { onApplicationShutdown: () => (Databases.closed += 1) };
  },
});

const optionsOf = (migrated: Promise<void>) => ({
  service: 'order',
  config: ServiceConfig,
  microservice: false,
  module: () => ({ module: Shop, imports: [{ module: Databases, providers: [makeDatabase(migrated)] }] }),
});
const configOf = (settings: Partial<ServiceConfig>) =>
  Object.assign(new ServiceConfig(), { logLevel: 'silent', nodeEnv: 'test', ...settings });

describe('a service that leaves its migrations to another', () => {
  let url: string;
  let migrated: () => void;
  let fail: (reason: Error) => void;
  let starting: Promise<NestFastifyApplication>;

  beforeEach(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const schema = new Promise<void>((resolve, reject) => ([migrated, fail] = [resolve, reject]));
    starting = startService(optionsOf(schema), configOf({ port, migrations: 'skip' }));
    starting.catch(() => undefined);
    await eventually(() => fetch(`${url}/healthz`), { status: 200 });
  });

  it('lives, is not ready and says why, until they are done', async () => {
    const waiting = await fetch(`${url}/readyz`);
    expect(waiting.status).toBe(503);
    expect(await waiting.json()).toEqual({
      status: 'starting',
      checks: { database: { ok: false, detail: 'waiting for migrations' } },
    });
    expect((await fetch(`${url}/metrics`)).status).toBe(200);

    migrated();
    const app = await starting;
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ status: 'ok', checks: { database: { ok: true } } });
    expect((await fetch(`${url}/orders`)).status).toBe(200);
    await app.close();
  });

  it('tells whoever comes too early to come again', async () => {
    const early = await fetch(`${url}/orders`, { method: 'POST', body: 'x'.repeat(100_000) });

    expect(early.status).toBe(503);
    expect(early.headers.get('retry-after')).toBe('2');
    expect(early.headers.get('content-type')).toBe('application/problem+json');
    migrated();
    await (await starting).close();
  });

  it('leaves nothing behind when it cannot start after all', async () => {
    fail(new Error('permission denied for table migrations'));

    await expect(starting).rejects.toThrow('permission denied');
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  });
});

describe('a process that only migrates', () => {
  it('makes and closes the database, and nothing else of the service', async () => {
    const [made, closed, connected] = [Databases.made, Databases.closed, Broker.connected];

    await migrateOnly(optionsOf(Promise.resolve()), configOf({ migrations: 'only' }));

    expect(Databases.made).toBe(made + 1);
    expect(Databases.closed).toBe(closed + 1);
    expect(Broker.connected).toBe(connected);
  });

  it('fails when migrating fails', async () => {
    const migrating = migrateOnly(optionsOf(Promise.reject(new Error('a syntax error'))), configOf({}));

    await expect(migrating).rejects.toThrow('a syntax error');
  });

  it('says when there is nothing to migrate', async () => {
    const options = { ...optionsOf(Promise.resolve()), module: () => ({ module: Shop }) };

    await expect(migrateOnly(options, configOf({}))).rejects.toThrow('order has no database to migrate');
  });
});
