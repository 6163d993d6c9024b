import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, testCollector, type CollectedSpan, type TestCollector } from '@hookshop/testing';
import { freePortBase } from '../tools/infrastructure/ports.mjs';
import { createShop, type Shop } from '../tools/shop/shop.mjs';
import { ShopClient } from './shop-client.js';

/** One line of a service's log. */
export type Line = Record<string, unknown> & { level: string; msg: string };

/** A shop of a spec's own that sends its traces and its log to a collector. */
export class TracedShop {
  private constructor(
    readonly collector: TestCollector,
    readonly shop: Shop,
    readonly client: ShopClient,
  ) {}

  static async start(): Promise<TracedShop> {
    const collector = await testCollector();
    const shop = createShop({
      portBase: await freePortBase(),
      dataDir: await mkdtemp(join(tmpdir(), 'hookshop-traces-')),
      fsync: false,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=key-of-the-collector',
        // More than the first payment takes, on machines that are busy with other specs.
        STRIPE_TIMEOUT_MS: '3000',
      },
    });
    const traced = new TracedShop(collector, shop, new ShopClient((await started(shop)).description()));
    await traced.client.sandbox.partnerIsRegistered();
    return traced;
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.shop.remove();
    await this.collector.stop();
  }

  /** The spans of the trace in which an order was placed, as soon as these are among them. */
  traceOf(order: { id: string }, wanted: (spans: CollectedSpan[]) => boolean): Promise<CollectedSpan[]> {
    const { collector } = this;
    return eventually(
      () => {
        const root = collector.spans.find(
          ({ name, attributes }) => name === 'POST /v1/orders' && attributes['hookshop.correlation_id'] === order.id,
        );
        return collector.spans.filter(({ traceId }) => traceId === root?.traceId);
      },
      wanted,
      { timeoutMs: 30_000 },
    );
  }

  /** What a service has written to its log until now. */
  async linesOf(service: string): Promise<Line[]> {
    return (await this.logOf(service))
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line);
  }

  logOf(service: string): Promise<string> {
    return readFile(this.shop.logFile(service), 'utf8');
  }
}

/** One that does not start leaves nothing behind. */
async function started(shop: Shop): Promise<Shop> {
  try {
    await shop.start();
    return shop;
  } catch (error) {
    await shop.remove();
    throw error;
  }
}
