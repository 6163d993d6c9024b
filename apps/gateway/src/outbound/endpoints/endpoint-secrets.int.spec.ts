import { jest } from '@jest/globals';
import { verifyWebhook } from '@hookshop/webhooks';
import { Webhook } from 'standardwebhooks';
import type { AttemptView } from '../deliveries/attempt-view.js';
import { OutboundUnderTest } from '../testing/outbound-under-test.js';
import { Receiver, type Received } from '../testing/receiver.js';
import { Partner, type CreatedEndpoint } from './testing/partners.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const mine = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

describe('the secrets of an endpoint', () => {
  let shop: OutboundUnderTest;
  let receiver: Receiver;
  let acme: Partner;

  beforeAll(async () => {
    shop = await OutboundUnderTest.start();
    receiver = await Receiver.start();
    acme = await Partner.join(shop.gateway, 'acme');
  });
  afterAll(async () => {
    await receiver.stop();
    await shop.stop();
  });

  const rotate = (id: string, body: object = {}) => acme.post<CreatedEndpoint>(`/${id}/rotate-secret`, body);
  /** A request that is signed as deliveries are. */
  const signed = async (id: string): Promise<Received> => {
    await acme.post<AttemptView>(`/${id}/test`, {});
    return receiver.received.at(-1)!;
  };
  const verifies = (secret: string, { body, headers }: Received): boolean => {
    try {
      new Webhook(secret).verify(body, headers as Record<string, string>);
      return true;
    } catch {
      return false;
    }
  };
  const live = (id: string) =>
    shop.database.query<{ current: boolean; seconds: number | null }>(
      `SELECT retires_at IS NULL AS current, extract(epoch FROM retires_at - now())::float AS seconds
       FROM webhook_secrets WHERE endpoint_id = $1 AND (retires_at IS NULL OR retires_at > now()) ORDER BY id DESC`,
      [id],
    );

  it('are told to their owner who asks for them', async () => {
    const { id, secret } = await acme.create({ url: receiver.url });

    expect(await (await acme.ask(`/${id}/secret`)).json()).toEqual({ secret });
  });

  it('are nowhere in the database, and neither are keys and headers', async () => {
    const { id } = await acme.create({
      url: receiver.url,
      secret: mine,
      signatures: ['v1', 'v1a'],
      headers: { Authorization: 'Bearer of-the-partner' },
    });
    await rotate(id, { secret: `whsec_${Buffer.alloc(64, 9).toString('base64')}` });
    const tables = await shop.database.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    expect(tables.map(({ name }) => name)).toContain('webhook_secrets');

    const plain = [Buffer.alloc(24, 7), Buffer.alloc(64, 9)].flatMap((key) => [
      key.toString('base64'),
      key.toString('hex'),
    ]);
    plain.push('whsk_', 'of-the-partner', Buffer.from('of-the-partner').toString('hex'));
    for (const { name } of tables) {
      const rows = await shop.database.query<{ row: string }>(`SELECT one::text AS row FROM "${name}" AS one`);
      for (const { row } of rows) for (const secret of plain) expect(row).not.toContain(secret);
    }
  });

  it('sign together for as long as the rotation said, then the new one alone', async () => {
    const { id, secret: former } = await acme.create({ url: receiver.url });
    const { secret } = await rotate(id, { overlapSeconds: 3_600 });
    expect(secret).not.toBe(former);

    const during = await signed(id);
    expect([verifies(former, during), verifies(secret, during)]).toEqual([true, true]);

    await shop.database.query(
      `UPDATE webhook_secrets SET retires_at = now() WHERE endpoint_id = $1 AND retires_at IS NOT NULL`,
      [id],
    );
    const after = await signed(id);
    expect([verifies(former, after), verifies(secret, after)]).toEqual([false, true]);
    expect(await (await acme.ask(`/${id}/secret`)).json()).toEqual({ secret });
  });

  it('overlap for a day when nothing is said, and not at all when that is wanted', async () => {
    const { id, secret: former } = await acme.create({ url: receiver.url });
    await rotate(id);
    const [current, retiring] = await live(id);
    expect(current).toEqual({ current: true, seconds: null });
    expect(retiring!.seconds).toBeGreaterThan(86_000);
    expect(retiring!.seconds).toBeLessThanOrEqual(86_400);

    const { secret } = await rotate(id, { overlapSeconds: 0, secret: mine });

    expect(secret).toBe(mine);
    // The one from before keeps its day.
    expect((await live(id)).map((row) => row.current)).toEqual([true, false]);
    expect(verifies(former, await signed(id))).toBe(true);
  });

  it('are five at a time at most: the oldest goes', async () => {
    const { id, secret: oldest } = await acme.create({ url: receiver.url });
    const newer: string[] = [];
    for (let count = 0; count < 5; count += 1) newer.push((await rotate(id)).secret);

    const received = await signed(id);

    expect(verifies(oldest, received)).toBe(false);
    expect(newer.map((secret) => verifies(secret, received))).toEqual([true, true, true, true, true]);
  });

  it('survive being rotated by several at the same time', async () => {
    const { id } = await acme.create({ url: receiver.url });

    const made = await Promise.all(Array.from({ length: 4 }, () => rotate(id)));

    const received = await signed(id);
    expect(made.map(({ secret }) => verifies(secret, received))).toEqual([true, true, true, true]);
    expect((await live(id)).filter(({ current }) => current)).toHaveLength(1);
  });

  it('sign beside the key of v1a, which verifies with the public key that is shown', async () => {
    const { id, secret, publicKey } = await acme.create({ url: receiver.url, signatures: ['v1', 'v1a'] });

    const { body, headers } = await signed(id);

    const signatures = String(headers['webhook-signature']);
    expect(signatures.split(' ').map((one) => one.split(',')[0])).toEqual(['v1', 'v1a']);
    const received = { id: String(headers['webhook-id']), timestamp: String(headers['webhook-timestamp']) };
    const verified = (keys: object, signature: string) =>
      verifyWebhook(keys, { ...received, signature }, body, { now: Number(received.timestamp) });
    const [hmac, ed25519] = signatures.split(' ') as [string, string];
    expect(verified({ publicKeys: [publicKey!] }, ed25519)).toEqual({ ok: true });
    expect(verified({ secrets: [secret] }, hmac)).toEqual({ ok: true });
  });

  it.each([
    [422, 'secret', { secret: `whsec_${Buffer.alloc(23).toString('base64')}` }],
    [400, 'overlapSeconds', { overlapSeconds: 604_801 }],
    [400, 'overlapSeconds', { overlapSeconds: -1 }],
  ])('are not rotated when that is refused with %s for %s', async (status, path, body) => {
    const { id, secret } = await acme.create({ url: receiver.url });

    const refusal = await acme.refused(`/${id}/rotate-secret`, { body });

    expect([refusal.status, refusal.errors![0]!.path]).toEqual([status, path]);
    expect(await (await acme.ask(`/${id}/secret`)).json()).toEqual({ secret });
  });
});
