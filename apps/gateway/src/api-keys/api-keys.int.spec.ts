import { jest } from '@jest/globals';
import { eventually, testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { Logger } from '@hookshop/observability';
import { v7 as uuidv7 } from 'uuid';
import type { GatewayConfig } from '../gateway.config.js';
import { keys, startGateway, type TestGateway } from '../testing/test-gateway.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

interface Created {
  id: string;
  key: string;
}

describe('API keys', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let gateway: TestGateway;

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    gateway = await startGateway({ natsUrl: broker.url, databaseUrl: database.url });
  });

  afterAll(async () => {
    await gateway.stop();
    await broker.stop();
    await database.drop();
  });

  const create = (body: object): Promise<Response> => gateway.fetch('/v1/api-keys', { as: 'admin', body });
  const created = async (body: object): Promise<Created> => (await (await create(body)).json()) as Created;
  const revoke = (id: string): Promise<Response> =>
    gateway.fetch(`/v1/api-keys/${id}`, { as: 'admin', method: 'DELETE' });
  /** 401 for nobody's key; another status for a good one, whatever it may do. */
  const statusWith = async (key: string, at = gateway): Promise<number> =>
    (await fetch(`${at.url}/v1/api-keys`, { headers: { authorization: `Bearer ${key}` } })).status;

  it('opens the door for the key that was made, which is shown once and stored as a digest only', async () => {
    const response = await create({ role: 'admin', name: 'the deputy' });
    const { key, ...view } = (await response.json()) as Created;

    expect(response.status).toBe(201);
    expect(view).toEqual({
      id: expect.any(String) as string,
      role: 'admin',
      partnerId: null,
      name: 'the deputy',
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
    expect(key).toMatch(/^sk_admin_[\w-]{43}$/);
    expect(await statusWith(key)).toBe(200);

    const listed = await (await gateway.fetch('/v1/api-keys', { as: 'admin' })).text();
    expect(listed).toContain(view.id);
    expect(listed).not.toContain(key);
    expect(JSON.stringify(await database.query('SELECT * FROM api_keys'))).not.toContain(key);
  });

  it('gives a key the role it was made for', async () => {
    expect(await statusWith((await created({ role: 'shop', name: 'till' })).key)).toBe(403);
    expect(await statusWith((await created({ role: 'partner', partnerId: 'acme', name: 'acme' })).key)).toBe(403);
  });

  it.each([
    ['no role', { name: 'x' }, 'role'],
    ['an unknown role', { role: 'root', name: 'x' }, 'role'],
    ['no name', { role: 'shop' }, 'name'],
    ['a partner without a partner id', { role: 'partner', name: 'x' }, 'partnerId'],
    ['a partner id that is none', { role: 'partner', partnerId: '../x', name: 'x' }, 'partnerId'],
    ['a shop with a partner id', { role: 'shop', partnerId: 'acme', name: 'x' }, 'partnerId'],
    ['a key of their own', { role: 'shop', name: 'x', key: 'sk_shop_mine' }, 'key'],
  ])('refuses %s with 400', async (_, body, path) => {
    const response = await create(body);

    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as { errors: { path: string }[] };
    expect(errors[0]!.path).toBe(path);
  });

  it('lists keys page by page, newest first', async () => {
    const { id } = await created({ role: 'shop', name: 'the newest' });
    const names: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = (await (
        await gateway.fetch(`/v1/api-keys?limit=2${cursor && `&cursor=${cursor}`}`, { as: 'admin' })
      ).json()) as { data: { id: string; name: string }[]; nextCursor: string | null };
      names.push(...page.data.map(({ name }) => name));
      cursor = page.nextCursor;
    }

    expect(names[0]).toBe('the newest');
    expect(names.slice(-3).sort()).toEqual(['first admin key', 'first partner key', 'first shop key']);
    expect(await database.query('SELECT id FROM api_keys WHERE id = $1', [id])).toHaveLength(1);
  });

  it('closes the door at once for a key that was revoked here', async () => {
    const { id, key } = await created({ role: 'shop', name: 'lost' });
    expect(await statusWith(key)).toBe(403);

    expect((await revoke(id)).status).toBe(204);

    expect(await statusWith(key)).toBe(401);
    expect((await revoke(id)).status).toBe(404);
    expect((await revoke(uuidv7())).status).toBe(404);
  });

  it('closes the door in two seconds for a key that was revoked at another instance', async () => {
    const other = await startGateway({ natsUrl: broker.url, databaseUrl: database.url });
    const { id, key } = await created({ role: 'shop', name: 'lost' });
    expect(await statusWith(key, other)).toBe(403);

    await revoke(id);
    await eventually(
      () => statusWith(key, other),
      (status) => status === 401,
      { timeoutMs: 3_000 },
    );

    await other.stop();
  });

  it('costs no query while a key is in use', async () => {
    await gateway.fetch('/v1/api-keys', { as: 'shop' });
    await database.query('ALTER TABLE api_keys RENAME TO api_keys_away');
    try {
      expect((await gateway.fetch('/v1/api-keys', { as: 'shop' })).status).toBe(403);
    } finally {
      await database.query('ALTER TABLE api_keys_away RENAME TO api_keys');
    }
  });

  it('notes every write of an admin, and who it was', async () => {
    const audit = jest.spyOn(gateway.app.get(Logger), 'audit');
    const { id } = await created({ role: 'shop', name: 'noted' });
    await revoke(id);
    await create({ role: 'none' });
    await gateway.fetch('/v1/api-keys', { as: 'admin' });
    await gateway.fetch('/v1/api-keys', { as: 'shop', body: {} });

    const by = { apiKeyId: expect.any(String) as string, name: 'first admin key' };
    const lines = () => audit.mock.calls.map(([fields]) => fields);
    await eventually(lines, ({ length }) => length >= 3);
    expect(lines()).toEqual([
      { by, method: 'POST', route: '/v1/api-keys', params: {}, status: 201 },
      { by, method: 'DELETE', route: '/v1/api-keys/:id', params: { id }, status: 204 },
      { by, method: 'POST', route: '/v1/api-keys', params: {}, status: 400 },
    ]);
    audit.mockRestore();
  });

  describe('given by the environment', () => {
    const restarted = async (
      changes: Partial<GatewayConfig>,
      check: (at: TestGateway) => Promise<void>,
    ): Promise<void> => {
      const at = await startGateway({ natsUrl: broker.url, databaseUrl: database.url, ...changes });
      await check(at).finally(() => at.stop());
    };
    const rows = () => database.query('SELECT id FROM api_keys WHERE variable IS NOT NULL ORDER BY id');

    it('are the same after a restart', async () => {
      const before = await rows();
      await restarted({}, async (at) => expect(await statusWith(keys.admin, at)).toBe(200));

      expect(await rows()).toEqual(before);
    });

    it('are revoked when their variable changes or is gone, and good again when it is back', async () => {
      await restarted({ adminApiKey: 'sk_admin_changed', shopApiKey: undefined as never }, async (at) => {
        expect(await statusWith('sk_admin_changed', at)).toBe(200);
        expect(await statusWith(keys.admin, at)).toBe(401);
        expect(await statusWith(keys.shop, at)).toBe(401);
      });
      await restarted({}, async (at) => {
        expect(await statusWith('sk_admin_changed', at)).toBe(401);
        expect(await statusWith(keys.admin, at)).toBe(200);
        expect(await statusWith(keys.shop, at)).toBe(403);
      });
    });

    it('may change places', async () => {
      await restarted({ adminApiKey: keys.shop, shopApiKey: keys.admin }, async (at) => {
        expect(await statusWith(keys.shop, at)).toBe(200);
        expect(await statusWith(keys.admin, at)).toBe(403);
      });
      await restarted({}, async (at) => expect(await statusWith(keys.admin, at)).toBe(200));
    });

    it('stay revoked when an admin revoked them, restart or not', async () => {
      await restarted({ shopApiKey: 'sk_shop_that_leaked' }, async (at) => {
        const [row] = await database.query<{ id: string }>(`SELECT id FROM api_keys WHERE variable = 'SHOP_API_KEY'`);
        await at.fetch(`/v1/api-keys/${row!.id}`, { as: 'admin', method: 'DELETE' });
        expect(await statusWith('sk_shop_that_leaked', at)).toBe(401);
      });
      const staysOut = (at: TestGateway): Promise<void> =>
        statusWith('sk_shop_that_leaked', at).then((status) => expect(status).toBe(401));
      await restarted({ shopApiKey: 'sk_shop_that_leaked' }, staysOut);
      await restarted({ shopApiKey: 'sk_shop_instead_of_it' }, staysOut);
      await restarted({ shopApiKey: 'sk_shop_that_leaked' }, staysOut);
      await restarted({}, async (at) => expect(await statusWith(keys.shop, at)).toBe(403));
    });
  });
});
