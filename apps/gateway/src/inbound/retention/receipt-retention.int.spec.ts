import { jest } from '@jest/globals';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { v7 as uuidv7 } from 'uuid';
import { GatewayConfig } from '../../gateway.config.js';
import { InboundUnderTest, signed, type Webhook } from '../testing/inbound-under-test.js';
import { ReceiptRetention } from './receipt-retention.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const DAY = 86_400_000;

describe('the retention of inbound webhooks', () => {
  let shop: InboundUnderTest;
  let retention: ReceiptRetention;

  beforeAll(async () => {
    shop = await InboundUnderTest.start({ inboundRetentionDays: 30 });
    const { app } = shop.gateway;
    // A round of the gateway's own could fall between a receipt that a spec makes old and its ids.
    await app.get(ReceiptRetention).stop();
    retention = new ReceiptRetention(app.get(Database), app.get(GatewayConfig), app.get(Logger));
  });
  afterAll(() => shop.stop());

  const forget = (now = Date.now()): Promise<void> => retention.forget(now);
  const kept = async (ids: string[]): Promise<string[]> =>
    (
      await shop.database.query<{ id: string }>('SELECT id FROM inbound_webhooks WHERE id = ANY($1) ORDER BY id', [ids])
    ).map(({ id }) => id);
  const sent = async (webhook: Webhook): Promise<string> =>
    ((await (await shop.send(webhook)).json()) as { id: string }).id;
  /** The receipt as it would be had it come so many days ago; its id tells when. */
  async function age(id: string, days: number): Promise<string> {
    const older = uuidv7({ msecs: Date.now() - days * DAY });
    const values = [id, older, days];
    await shop.database.query(
      `UPDATE inbound_webhooks SET id = $2, received_at = received_at - $3 * interval '1 day' WHERE id = $1`,
      values,
    );
    await shop.database.query('UPDATE inbound_ids SET receipt_id = $2 WHERE receipt_id = $1', [id, older]);
    return older;
  }

  it('removes receipts of every status that are past their time, and no younger ones', async () => {
    const webhooks = [signed.stripe(), signed.carrier(), signed.github()];
    const old: string[] = [];
    const young: string[] = [];
    for (const webhook of webhooks) {
      old.push(await age(await sent(webhook), 31));
      young.push(await age(await sent(webhook), 29));
      await shop.send({ ...webhook, headers: {} });
    }
    const [rejected] = await shop.database.query<{ id: string }>(
      `UPDATE inbound_webhooks SET id = $1 WHERE status = 'rejected' AND source = 'carrier' RETURNING id`,
      [uuidv7({ msecs: Date.now() - 31 * DAY })],
    );

    await forget();

    expect((await kept([...old, ...young, rejected!.id])).toSorted()).toEqual(young.toSorted());
  });

  it('forgets their ids with them, so that the same would be taken anew', async () => {
    const webhooks = [signed.stripe(), signed.github()];
    for (const webhook of webhooks) await age(await sent(webhook), 31);
    await forget();

    for (const webhook of webhooks) expect((await shop.send(webhook)).status).toBe(202);
  });

  it('keeps the ids of younger ones', async () => {
    const webhook = signed.stripe();
    await age(await sent(webhook), 29);
    await forget();

    expect((await shop.send(webhook)).status).toBe(200);
  });

  it('keeps an id that was forgotten and taken again meanwhile', async () => {
    const webhook = signed.github();
    const old = await age(await sent(webhook), 31);
    await shop.database.query('UPDATE inbound_ids SET forgotten_at = now() WHERE receipt_id = $1', [old]);
    await shop.take(webhook);
    await forget();

    expect(await kept([old])).toEqual([]);
    expect((await shop.send(webhook)).status).toBe(200);
  });

  it('removes more than one batch', async () => {
    await shop.database.query(
      `INSERT INTO inbound_webhooks (id, source, status, reason, address, headers, body, body_size)
       SELECT ('01000000-0000-7000-8000-' || lpad(number::text, 12, '0'))::uuid, 'stripe', 'rejected', 'old', '127.0.0.1',
         '{}', '', 0
       FROM generate_series(1, 2500) AS number`,
    );
    await forget();

    const [row] = await shop.database.query<{ left: number }>(
      `SELECT count(*)::int AS left FROM inbound_webhooks WHERE reason = 'old'`,
    );
    expect(row).toEqual({ left: 0 });
  });

  it('goes by the time that it is', async () => {
    const id = await sent(signed.stripe());
    await forget(Date.now() + 29 * DAY);
    expect(await kept([id])).toEqual([id]);

    await forget(Date.now() + 31 * DAY);
    expect(await kept([id])).toEqual([]);
  });
});
