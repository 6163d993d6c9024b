import { ServiceConfig } from '@hookshop/config';
import type { Fact } from '@hookshop/messaging';
import { inProcess, ServiceUnderTest } from '@hookshop/messaging/testing';
import { testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { InventoryModule } from '../inventory.module.js';

export interface Stock {
  available: number;
  reserved: number;
  committed: number;
  received: number;
  version: number;
}

export const testConfig = (databaseUrl: string, natsUrl: string): ServiceConfig =>
  Object.assign(new ServiceConfig(), { port: 0, databaseUrl, natsUrl, logLevel: 'silent' });

/** The whole service in this process. The listing of the seed is not among what it is seen to state. */
export const startInventory = async (databaseUrl: string, natsUrl: string): Promise<TestInventory> =>
  new TestInventory(await inProcess(InventoryModule.register(testConfig(databaseUrl, natsUrl)))).keepStated();

/** One with a database of its own for each test of the block that calls this. */
export function inventoryForEach(): () => TestInventory {
  let broker: TestBroker;
  let database: TestDatabase;
  let inventory: TestInventory;

  beforeAll(async () => {
    broker = await testBroker();
  });
  afterAll(() => broker.stop());

  beforeEach(async () => {
    database = await testDatabase();
    inventory = await startInventory(database.url, broker.url);
  });
  afterEach(async () => {
    await inventory.stop();
    await database.drop();
  });

  return () => inventory;
}

export class TestInventory extends ServiceUnderTest {
  async list(sku: string, pieces: number, lowThreshold = 0): Promise<void> {
    await this.database.query(
      `INSERT INTO products (sku, name, price_in_cents, currency, received, available, low_threshold, listed_at)
       VALUES ($1, 'A product', 100, 'USD', $2, $2, $3, now())`,
      [sku, pieces, lowThreshold],
    );
  }

  async stock(sku: string): Promise<Stock> {
    const [found] = await this.database.query<Stock>(
      'SELECT available, reserved, committed, received, version FROM products WHERE sku = $1',
      [sku],
    );
    return found!;
  }

  async statusOf({ data }: Fact<{ orderId: string }>): Promise<string | undefined> {
    const [found] = await this.database.query<{ status: string }>(
      'SELECT status FROM reservations WHERE order_id = $1',
      [data.orderId],
    );
    return found?.status;
  }
}
