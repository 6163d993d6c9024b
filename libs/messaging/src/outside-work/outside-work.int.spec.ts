import { Injectable } from '@nestjs/common';
import { eventually, testBroker, testDatabase } from '@hookshop/testing';
import { startTestService, type TestService } from '../testing/test-service.js';
import type { Transaction } from '../transaction.js';
import { Transactions } from '../transactions.js';
import { OutsideWork, type WorkSubject } from './outside-work.js';

interface Job {
  id: number;
}

/** What was performed, and how the outside world answers. */
const performed: number[] = [];
let answer: (id: number) => Promise<string> = async () => 'ok';
let settleFailure: (ids: number[]) => Error | undefined = () => undefined;
const settledTogether: number[][] = [];

@Injectable()
class CallOutside extends OutsideWork<Job, string> {
  readonly name = 'call-outside';
  override pollSeconds = 0.05;
  override concurrency = 4;

  protected claim(limit: number, leaseSeconds: number): Promise<Job[]> {
    return this.transactions.run((tx) =>
      tx.query<Job>(
        `UPDATE jobs SET leased_until = now() + $2 * interval '1 second', claims = claims + 1
         WHERE id IN (SELECT id FROM jobs WHERE outcome IS NULL AND leased_until < now() ORDER BY id
                      LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING id`,
        [limit, leaseSeconds],
      ),
    );
  }

  protected async perform({ id }: Job): Promise<string> {
    performed.push(id);
    return answer(id);
  }

  protected about({ id }: Job): WorkSubject {
    return { ids: { jobId: String(id) } };
  }

  protected wordFor(outcome: string): string {
    return outcome;
  }

  protected async settle(done: { job: Job; outcome: string }[], tx: Transaction): Promise<void> {
    const ids = done.map(({ job }) => job.id);
    settledTogether.push(ids);
    await tx.query(`UPDATE jobs SET outcome = $2 WHERE id = ANY($1)`, [ids, done[0]!.outcome]);
    const failure = settleFailure(ids);
    if (failure) throw failure;
  }
}

describe('outside work', () => {
  let broker: Awaited<ReturnType<typeof testBroker>>;
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let service: TestService;

  beforeEach(async () => {
    performed.length = settledTogether.length = 0;
    answer = async () => 'ok';
    settleFailure = () => undefined;
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    await database.query(`CREATE TABLE jobs (id int PRIMARY KEY, outcome text, claims int NOT NULL DEFAULT 0,
                                             leased_until timestamptz NOT NULL)`);
    service = await start();
  });

  afterEach(async () => {
    await service.stop();
    await broker.stop();
    await database.drop();
  });

  const start = (): Promise<TestService> =>
    startTestService({ natsUrl: broker.url, databaseUrl: database.url }, [CallOutside]);

  const insert = (ids: number[], leased: string): Promise<unknown> =>
    database.query(`INSERT INTO jobs (id, leased_until) SELECT id, now() + $2::interval FROM unnest($1::int[]) AS id`, [
      ids,
      leased,
    ]);
  const outcomes = async (): Promise<Record<number, string | null>> =>
    Object.fromEntries(
      (await database.query<{ id: number; outcome: string | null }>('SELECT id, outcome FROM jobs')).map(
        ({ id, outcome }) => [id, outcome],
      ),
    );

  it('finds what is due and commits its outcome', async () => {
    await insert([1, 2, 3], '-1 second');

    await eventually(outcomes, { 1: 'ok', 2: 'ok', 3: 'ok' });
    expect([...performed].sort()).toEqual([1, 2, 3]);
  });

  it('performs what it is handed without a query to find it', async () => {
    await insert([7], '1 minute');
    service.app.get(CallOutside).take([{ id: 7 }]);

    await eventually(outcomes, { 7: 'ok' });
    expect(await database.query('SELECT claims FROM jobs')).toEqual([{ claims: 0 }]);
  });

  it('leaves alone what another process holds, until its lease ends', async () => {
    await insert([1], '1 minute');
    await insert([2], '-1 second');
    await eventually(outcomes, { 2: 'ok' });
    expect(performed).toEqual([2]);

    await database.query(`UPDATE jobs SET leased_until = now() - interval '1 second' WHERE id = 1`);

    await eventually(outcomes, { 1: 'ok' });
  });

  it('holds no transaction open while it is outside', async () => {
    let release: (outcome: string) => void = () => undefined;
    answer = () => new Promise((resolve) => (release = resolve));
    await insert([1], '-1 second');
    await eventually(
      () => performed.length,
      (count) => count === 1,
    );

    // Looks for due jobs have one for a moment; one of the job would stay as long as it is outside.
    await eventually(
      () =>
        database.query(
          `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
        ),
      (open) => open.length === 0,
    );
    release('late');
    await eventually(outcomes, { 1: 'late' });
  });

  it('settles one by one when settling together fails, so that a bad one stops nobody', async () => {
    settleFailure = (ids) => (ids.includes(2) ? new Error('two cannot be settled') : undefined);
    await insert([1, 2, 3], '-1 second');

    await eventually(outcomes, { 1: 'ok', 3: 'ok' });
    expect((await outcomes())[2]).toBeNull();
  });

  it('does again what a process left without an outcome', async () => {
    let failures = 0;
    answer = async () => {
      if (failures++ === 0) throw new Error('the process fell over');
      return 'ok';
    };
    await insert([1], '-1 second');
    await eventually(
      () => failures,
      (count) => count === 1,
    );
    expect(await outcomes()).toEqual({ 1: null });
    await database.query(`UPDATE jobs SET leased_until = now() - interval '1 second'`);

    await eventually(outcomes, { 1: 'ok' });
    expect(performed).toEqual([1, 1]);
  });

  it('never performs more at a time than its concurrency', async () => {
    let atOnce = 0;
    let most = 0;
    answer = async () => {
      most = Math.max(most, ++atOnce);
      await service.app.get(Transactions).run((tx) => tx.query('SELECT 1'));
      atOnce -= 1;
      return 'ok';
    };
    await insert(
      Array.from({ length: 30 }, (_, id) => id),
      '-1 second',
    );

    await eventually(outcomes, (all) => Object.values(all).every((outcome) => outcome === 'ok'));
    expect(most).toBe(4);
  });

  it('finishes what is under way when the process stops, and begins nothing new', async () => {
    let release: (outcome: string) => void = () => undefined;
    answer = (id) => (id === 1 ? new Promise((resolve) => (release = resolve)) : Promise.resolve('ok'));
    await insert([1], '-1 second');
    await eventually(
      () => performed.length,
      (count) => count === 1,
    );

    const stopped = service.stop();
    await insert([2], '-1 second');
    release('finished');
    await stopped;

    expect(await outcomes()).toEqual({ 1: 'finished', 2: null });
    // A look that was under way may have claimed it.
    await database.query(`UPDATE jobs SET leased_until = now() - interval '1 second' WHERE id = 2`);
    service = await start();
    await eventually(outcomes, { 2: 'ok' });
  });
});
