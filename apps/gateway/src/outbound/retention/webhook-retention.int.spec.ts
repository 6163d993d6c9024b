import { jest } from '@jest/globals';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { v7 as uuidv7 } from 'uuid';
import { GatewayConfig } from '../../gateway.config.js';
import { BooksUnderTest } from '../deliveries/testing/books-under-test.js';
import { WebhookRetention } from './webhook-retention.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const OLD = '31 days';
const YOUNG = '29 days';

describe('the retention of webhooks', () => {
  let books: BooksUnderTest;
  let retention: WebhookRetention;

  beforeAll(async () => {
    books = await BooksUnderTest.open({ webhookRetentionDays: 30 });
    const { app } = books.shop.gateway;
    // A round of the gateway's own could fall between an old message and the delivery that a spec is about to add.
    await app.get(WebhookRetention).stop();
    retention = new WebhookRetention(app.get(Database), app.get(GatewayConfig), app.get(Logger));
  });
  afterAll(() => books.close());

  const clean = () => retention.forget();
  const query = <T = { id: string }>(sql: string, values: unknown[]) => books.shop.database.query<T>(sql, values);
  const deliveriesOf = async (endpoint: string) => Object.keys(await books.statusesOf(endpoint));
  const messages = async (ids: string[]) =>
    (await query('SELECT id FROM webhook_messages WHERE id = ANY($1) ORDER BY id', [ids])).map(({ id }) => id);
  const attempted = (delivery: string) =>
    query(
      `INSERT INTO webhook_attempts (delivery_id, number, started_at, total_ms, outcome, response_headers, response_body,
         truncated, next)
       VALUES ($1, 1, now(), 1, 'delivered', '{}', '', false, 'none')`,
      [delivery],
    );

  it('removes settled deliveries that are past their time, with their attempts, and keeps the others', async () => {
    const endpoint = await books.endpoint();
    const old: string[] = [];
    for (const status of ['delivered', 'exhausted', 'held', 'cancelled'] as const) {
      old.push(await books.owed(endpoint, { status, age: OLD }));
    }
    const young = await books.owed(endpoint, { age: YOUNG });
    const replayed = await books.owe(endpoint, await books.message({ age: OLD }), { status: 'held', age: YOUNG });
    for (const id of [...old, young]) await attempted(id);

    await clean();

    expect(await deliveriesOf(endpoint)).toEqual([young, replayed]);
    const rows = await query<{ id: string }>(
      'SELECT delivery_id AS id FROM webhook_attempts WHERE delivery_id = ANY($1)',
      [[...old, young]],
    );
    expect(rows).toEqual([{ id: young }]);
  });

  it('never forgets what still waits to be sent', async () => {
    const endpoint = await books.endpoint();
    const waiting = await books.owed(endpoint, { status: 'pending', age: OLD });
    await clean();
    expect(await deliveriesOf(endpoint)).toEqual([waiting]);
  });

  it('removes messages that nobody is owed any more, with their bodies', async () => {
    const endpoint = await books.endpoint();
    const message = (age: string) => books.message({ age });
    const [free, owed, settled, young] = [
      await message(OLD),
      await message(OLD),
      await message(OLD),
      await message(YOUNG),
    ];
    await books.owe(endpoint, owed, { status: 'pending', age: OLD });
    await books.owe(endpoint, settled, { age: OLD });
    for (const id of [free, owed])
      await query(`INSERT INTO webhook_bodies VALUES ($1, 'standard', 'thin', '{}')`, [id]);

    await clean();

    expect(await messages([free, owed, settled, young])).toEqual([owed, young]);
    const bodies = await query('SELECT message_id AS id FROM webhook_bodies WHERE message_id = ANY($1)', [
      [free, owed],
    ]);
    expect(bodies).toEqual([{ id: owed }]);
  });

  it('goes on until all is done, a thousand at a time', async () => {
    const ids = Array.from({ length: 2_500 }, () => uuidv7());
    await query(
      `INSERT INTO webhook_messages (id, type, source, subject, sequence, time, superseded, body, received_at)
       SELECT id, 'order.placed.v1', '/order', '', 1, '', false, '{}', now() - interval '31 days'
       FROM unnest($1::uuid[]) AS new (id)`,
      [ids],
    );
    await clean();
    expect(await messages(ids)).toEqual([]);
  });

  it('removes hours of statistics, and endpoints that were deleted and tell of nothing', async () => {
    const kept = await books.endpoint();
    const [gone, owing, lately] = [await books.endpoint(), await books.endpoint(), await books.endpoint()];
    await books.owed(owing, { age: YOUNG });
    await query(`UPDATE webhook_endpoints SET deleted_at = now() - interval '31 days' WHERE id = ANY($1)`, [
      [gone, owing],
    ]);
    await query(`UPDATE webhook_endpoints SET deleted_at = now() - interval '29 days' WHERE id = $1`, [lately]);
    await query(
      `INSERT INTO webhook_stats (endpoint_id, hour) VALUES ($1, now() - interval '31 days'), ($1, now() - interval '29 days')`,
      [kept],
    );

    await clean();

    const endpoints = await query('SELECT id FROM webhook_endpoints WHERE id = ANY($1)', [[kept, gone, owing, lately]]);
    expect(endpoints.map(({ id }) => id).sort()).toEqual([kept, owing, lately].sort());
    expect(await query('SELECT 1 FROM webhook_stats WHERE endpoint_id = $1', [kept])).toHaveLength(1);
  });

  it('holds or cancels what was left waiting for endpoints that are sent nothing', async () => {
    const [enabled, disabled, deleted] = [await books.endpoint(), await books.endpoint(), await books.endpoint()];
    for (const endpoint of [enabled, disabled, deleted]) await books.owed(endpoint, { status: 'pending' });
    await query(`UPDATE webhook_endpoints SET status = 'disabled', disabled_reason = 'gone' WHERE id = $1`, [disabled]);
    await query(`UPDATE webhook_endpoints SET deleted_at = now() WHERE id = $1`, [deleted]);

    await clean();

    const states = [enabled, disabled, deleted].map(async (endpoint) => {
      const [{ status, unresolved, dueInSeconds }] = await one(endpoint);
      return [status, unresolved, dueInSeconds === null];
    });
    expect(await Promise.all(states)).toEqual([
      ['pending', false, false],
      ['held', true, true],
      ['cancelled', true, true],
    ]);
  });

  const one = async (endpoint: string) => {
    const rows = await books.shop.deliveries(endpoint);
    expect(rows).toHaveLength(1);
    return [rows[0]!] as const;
  };
});
