import { startService } from '@hookshop/http';
import { loadConfig } from '@hookshop/config';
import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { ShippingConfig } from '../shipping.config.js';
import { ShippingModule } from '../shipping.module.js';

describe('For operators, GET /shipments?orderId=', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let app: Awaited<ReturnType<typeof startService>>;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    const config = loadConfig(ShippingConfig, {
      PORT: '0',
      DATABASE_URL: database.url,
      NATS_URL: broker.url,
      CARRIER_API_BASE: 'http://127.0.0.1:9',
      CARRIER_API_KEY: 'ck_spec',
      LOG_LEVEL: 'silent',
      NODE_ENV: 'test',
    });
    app = await startService(
      { service: 'shipping', config: ShippingConfig, module: (given) => ShippingModule.register(given) },
      config,
    );
  });
  afterAll(async () => {
    await app?.close();
    await broker?.stop();
    await database?.drop();
  });

  const show = async (query: string) => {
    const response = await fetch(`${await app.getUrl()}/shipments${query}`);
    return { status: response.status, body: (await response.json()) as { data: Record<string, unknown>[] } };
  };

  it('tells where a shipment is, how often the carrier was asked and why nothing came of it', async () => {
    const orderId = uuidv7();
    await database.query(
      `INSERT INTO shipments (id, order_id, status, version, parcel, cause, next_attempt_at)
       VALUES ($1, $2, 'pending', 1, '{"recipient": "Ada Lovelace", "address": {"line1": "1 Main St"}, "items": []}', '{}', now())`,
      [uuidv7(), orderId],
    );
    const { body } = await eventually(
      () => show(`?orderId=${orderId}`),
      ({ body: { data } }) => typeof data[0]?.lastError === 'string',
    );

    expect(body.data).toMatchObject([
      { orderId, status: 'pending', carrierId: null, trackingNumber: null, attempts: 1 },
    ]);
    expect(body.data[0]!.lastError).toMatch(/could not be asked \(ECONNREFUSED\)/);
    expect(JSON.stringify(body)).not.toMatch(/Ada|Main St|ck_spec/);
  });

  it('tells nothing of an order that has no shipment, and refuses what is no id', async () => {
    expect(await show(`?orderId=${uuidv7()}`)).toEqual({ status: 200, body: { data: [] } });
    expect((await show('?orderId=1')).status).toBe(400);
    expect((await show('')).status).toBe(400);
    expect((await show(`?orderId=${uuidv7()}&status=pending`)).status).toBe(400);
  });
});
