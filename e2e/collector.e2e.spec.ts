import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, testCollector, type TestCollector } from '@hookshop/testing';
import { jest } from '@jest/globals';
import { freePortBase } from '../tools/infrastructure/ports.mjs';
import { createShop, type Shop } from '../tools/shop/shop.mjs';
import { ShopClient } from './shop-client.js';

// Boots a shop of its own, on machines that are busy with other specs.
jest.setTimeout(90_000);

describe('a collector that does not answer', () => {
  let collector: TestCollector;
  let shop: Shop;
  let client: ShopClient;

  beforeAll(async () => {
    collector = await testCollector();
    collector.status = undefined;
    shop = createShop({
      portBase: await freePortBase(),
      dataDir: await mkdtemp(join(tmpdir(), 'hookshop-collector-')),
      fsync: false,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_TIMEOUT: '500' },
    });
    await shop.start();
    client = new ShopClient(shop.description());
  });
  afterAll(async () => {
    await client?.close();
    await shop?.remove();
    await collector?.stop();
  });

  const signals = ['trace_spans_total', 'log_records_total'];

  const sent = async (service: string, signal: string): Promise<Record<string, number>> => {
    const metrics = await (await fetch(`${shop.url(service)}/metrics`)).text();
    const found = metrics.matchAll(new RegExp(`^${signal}\\{outcome="(\\w+)"\\} (\\d+)$`, 'gm'));
    return Object.fromEntries([...found].map(([, outcome, count]) => [outcome, Number(count)]));
  };

  const told = async (service: string): Promise<string[]> =>
    ((await readFile(shop.logFile(service), 'utf8')).match(/The collector [a-z ]+/g) ?? []).sort();

  it('holds no order up, and no service is less ready for it', async () => {
    await client.becomes(await client.place(), { status: 'confirmed' });

    for (const service of ['gateway', 'order', 'payment']) {
      for (const signal of signals) {
        await eventually(
          () => sent(service, signal),
          ({ failed = 0 }) => failed > 0,
        );
      }
      expect((await fetch(`${shop.url(service)}/readyz`)).status).toBe(200);
    }
  });

  it('is told of once, and once more when it answers again', async () => {
    collector.status = 200;
    await client.becomes(await client.place(), { status: 'confirmed' });
    for (const signal of signals) {
      await eventually(
        () => sent('order', signal),
        ({ exported = 0 }) => exported > 0,
      );
    }

    await eventually(
      () => told('order'),
      ({ length }) => length === 4,
    );
    expect(await told('order')).toEqual([
      'The collector does not take logs',
      'The collector does not take traces',
      'The collector takes logs again',
      'The collector takes traces again',
    ]);
  });
});

describe('a service', () => {
  /** What a process of its own loads of OpenTelemetry when it is made with this config. */
  async function loadedWith(config: object): Promise<string[]> {
    const script = `
      import { register } from 'node:module';
      const hooks = \`export async function load(url, context, next) {
        if (url.includes('/@opentelemetry/')) process._rawDebug('loaded ' + url);
        return next(url, context);
      }\`;
      register('data:text/javascript,' + encodeURIComponent(hooks));
      await import('reflect-metadata');
      const { NestFactory } = await import('@nestjs/core');
      const { ObservabilityModule } = await import('@hookshop/observability');
      const config = { logLevel: 'silent', nodeEnv: 'test', ...${JSON.stringify(config)} };
      const imports = [ObservabilityModule.forRoot('order', config)];
      const app = await NestFactory.createApplicationContext({ module: class {}, imports }, { logger: false });
      await app.close();`;
    const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: join(import.meta.dirname, '..'),
    });
    return stderr.split('\n').filter((line) => line.startsWith('loaded '));
  }

  it('loads nothing of OpenTelemetry without a collector', async () => {
    expect(await loadedWith({})).toEqual([]);
    const otelExporterOtlpEndpoint = 'http://127.0.0.1:9';
    for (const wanted of [{ otelTracesExporter: 'none' }, { otelLogsExporter: 'none' }, {}]) {
      expect((await loadedWith({ otelExporterOtlpEndpoint, ...wanted })).length).toBeGreaterThan(3);
    }
    const nothing = { otelTracesExporter: 'none', otelLogsExporter: 'none' };
    expect(await loadedWith({ otelExporterOtlpEndpoint, ...nothing })).toEqual([]);
  });
});
