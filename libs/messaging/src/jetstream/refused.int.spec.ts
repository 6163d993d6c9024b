import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Health } from '@hookshop/observability';
import { eventually, testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { Requests, ServiceUnreachable } from '../requests/requests.js';
import { SampleNoted, startTestService, type TestService } from '../testing/test-service.js';
import { Transactions } from '../transactions.js';

/** One user, who may do what every service does, and state facts where it is said. */
const users = (facts: string, password = '$SAMPLER'): string => `
  authorization { users: [ { user: sampler, password: ${password}, permissions {
    publish: ["${facts}", "$JS.API.>"]
    subscribe: ["_INBOX_sampler.>"]
  } } ] }`;

describe('a service whose permissions the broker does not have', () => {
  let folder: string;
  let broker: TestBroker;
  let database: TestDatabase;
  let service: TestService;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hookshop-users-'));
    const file = join(folder, 'users.conf');
    writeFileSync(file, users('shop.other.>'));
    [broker, database] = await Promise.all([
      testBroker({ users: { file, passwords: { SAMPLER: 'let me in' } } }),
      testDatabase(),
    ]);
    service = await start('let me in');
  });

  afterAll(async () => {
    await service.stop();
    await broker.stop();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  const start = (password: string): Promise<TestService> =>
    startTestService(
      { natsUrl: broker.url.replace('//', `//sampler:${encodeURIComponent(password)}@`), databaseUrl: database.url },
      [],
    );
  const note = (): Promise<unknown> =>
    service.app.get(Transactions).run(async (tx) => {
      tx.publish(SampleNoted, { sampleId: uuidv7(), number: 1 }, { subject: uuidv7(), sequence: 1 });
    });
  const outbox = (): Promise<{ failure: string | null; aside: boolean }[]> =>
    service.database.query(`SELECT failure, set_aside_at IS NOT NULL AS aside FROM outbox`);
  const readiness = async (of = service) => (await of.app.get(Health).report()).checks['broker'];

  it('keeps the facts it may not state, tells why, and states them once it may', async () => {
    await eventually(readiness, { ok: true });

    await note();

    const [kept] = await eventually(outbox, ([row]) => row?.failure != null);
    expect(kept).toEqual({ failure: expect.stringContaining('shop.sample.noted.v1'), aside: false });
    const refused = await eventually(readiness, (check) => check?.ok === false);
    expect(refused?.detail).toContain('does not let this service publish shop.sample.noted.v1. Write its permissions');

    await broker.changeUsers(users('shop.sample.>'));

    expect(await eventually(outbox, (rows) => rows.length === 0)).toEqual([]);
    await eventually(readiness, { ok: true });
  });

  it('says that nothing was done when it asks what it may not ask', async () => {
    const asking = service.app.get(Requests).ask('order.place', {});

    await expect(asking).rejects.toThrow(ServiceUnreachable);
  });

  it('says so when the broker does not let it in, and goes on once it does', async () => {
    const stranger = await start('of yesterday');
    try {
      const locked = await eventually(
        () => readiness(stranger),
        (check) => check?.detail?.includes('NATS_URL') === true,
      );
      expect(locked).toEqual({
        ok: false,
        detail: 'the broker knows no such user, or another password: correct NATS_URL',
      });
      expect(JSON.stringify(locked)).not.toContain('yesterday');

      await broker.changeUsers(users('shop.sample.>', '"of yesterday"'));

      await eventually(() => readiness(stranger), { ok: true });
      // The one that was in is out now, and waits for its password to be right again.
      await eventually(readiness, (check) => check?.detail?.includes('NATS_URL') === true);
      await broker.changeUsers(users('shop.sample.>'));
      await eventually(readiness, (check) => check?.detail?.includes('NATS_URL') !== true);
      await note();
      await eventually(outbox, (rows) => rows.length === 0);
    } finally {
      await stranger.stop();
    }
  });
});
