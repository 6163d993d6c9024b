import { Injectable } from '@nestjs/common';
import { eventually, testBroker, testDatabase } from '@hookshop/testing';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { DeadLetters } from './dead-letter/dead-letters.js';
import { BrokerConnection } from './jetstream/broker-connection.js';
import { STREAM } from './jetstream/events-stream.js';
import { ReactionPlaces } from './reactions/reaction-places.js';
import { Handles } from './reactions/handles.js';
import { SampleNoted, startTestService, type TestService } from './testing/test-service.js';
import type { Transaction } from './transaction.js';
import { OutboxFull, Transactions } from './transactions.js';

const handled: number[] = [];
let before: (number: number, tx: Transaction) => Promise<void> = async () => undefined;

@Injectable()
class RememberWhenSampleNoted {
  @Handles(SampleNoted, { from: 'beginning' })
  async remember({ number }: SampleNoted, tx: Transaction): Promise<void> {
    await before(number, tx);
    await tx.query('INSERT INTO remembered (number) VALUES ($1)', [number]);
    handled.push(number);
  }
}

const DURABLE = 'sampler-remember-when-sample-noted';

describe('on a bad day', () => {
  let broker: Awaited<ReturnType<typeof testBroker>>;
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let service: TestService;

  const start = async (more: object = {}): Promise<TestService> => {
    const started = await startTestService(
      { natsUrl: broker.url, databaseUrl: database.url, retry: { backoffMs: [20, 20] }, ...more },
      [RememberWhenSampleNoted],
    );
    await started.app.get(BrokerConnection).opened;
    return started;
  };

  beforeEach(async () => {
    handled.length = 0;
    before = async () => undefined;
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    await database.query('CREATE TABLE remembered (number int NOT NULL)');
  });

  afterEach(async () => {
    await service.stop();
    await broker.stop();
    await database.drop();
  });

  const note = (...numbers: number[]): Promise<void> =>
    service.app.get(Transactions).run(async (tx) => {
      for (const number of numbers)
        tx.publish(SampleNoted, { sampleId: uuidv7(), number }, { subject: uuidv7(), sequence: 1 });
    });
  const remembered = async (): Promise<number[]> =>
    (await database.query<{ number: number }>('SELECT number FROM remembered ORDER BY number')).map(
      ({ number }) => number,
    );
  const attempts = (): Promise<{ attempts: number }[]> => database.query('SELECT attempts FROM failed_attempts');

  it('lost database connections cost a fact no attempt', async () => {
    service = await start();
    let losses = 0;
    before = async (_number, tx) => {
      if (losses++ < 5) await tx.query('SELECT pg_terminate_backend(pg_backend_pid())');
    };
    await note(1);

    await eventually(remembered, (numbers) => numbers.length === 1, { timeoutMs: 15_000 });
    expect(losses).toBeGreaterThan(5);
    expect(await attempts()).toEqual([]);
    expect((await service.app.get(DeadLetters).list({ limit: 10 })).data).toEqual([]);
  });

  it('a serialization failure is tried again at once and costs no attempt', async () => {
    service = await start();
    let conflicts = 0;
    before = async (_number, tx) => {
      if (conflicts++ < 2) await tx.query(`DO $$ BEGIN RAISE SQLSTATE '40001'; END $$`);
    };
    await note(1);

    await eventually(remembered, (numbers) => numbers.length === 1);
    expect(await attempts()).toEqual([]);
  });

  it('a message that was delivered again and again without an outcome is handled alone, its attempt committed first', async () => {
    service = await start();
    const { manager } = await service.app.get(BrokerConnection).opened;
    await eventually(() => manager.consumers.info(STREAM, DURABLE));
    await service.stop();
    service = await startTestService({ natsUrl: broker.url, databaseUrl: database.url }, []);
    const open = await service.app.get(BrokerConnection).opened;
    await note(1);
    await eventually(
      () => open.manager.consumers.info(STREAM, DURABLE),
      ({ num_pending }) => num_pending === 1,
    );
    // Two processes took the first fact and died: deliveries without any outcome.
    const consumer = await open.jetstream.consumers.get(STREAM, DURABLE);
    const first = (await consumer.next({ expires: 10_000 }))!;
    first.nak();
    const again = (await consumer.next({ expires: 10_000 }))!;
    again.nak();
    expect(again.seq).toBe(first.seq);
    await note(2);
    await service.stop();

    let committed: unknown;
    before = async (number) => {
      if (number === 1) committed = await attempts();
    };
    service = await start();

    await eventually(remembered, (numbers) => numbers.length === 2);
    expect(committed).toEqual([{ attempts: 1 }]);
    expect(await attempts()).toEqual([]);
  });

  it('a fact that kills every process it meets ends in the dead letters without being run once more', async () => {
    service = await start();
    const { manager } = await service.app.get(BrokerConnection).opened;
    await eventually(() => manager.consumers.info(STREAM, DURABLE));
    await service.stop();
    service = await startTestService({ natsUrl: broker.url, databaseUrl: database.url }, []);
    await note(1);
    const open = await service.app.get(BrokerConnection).opened;
    const consumer = await open.jetstream.consumers.get(STREAM, DURABLE);
    for (let death = 0; death < 5; death += 1) (await consumer.next({ expires: 10_000 }))!.nak();
    const [{ id }] = (await eventually(
      async () => {
        const stored = await open.manager.streams.getMessage(STREAM, { seq: 1 });
        return stored ? [{ id: stored.header.get('ce-id') }] : [];
      },
      (rows) => rows.length === 1,
    )) as [{ id: string }];
    // Each of them had committed its attempt before it ran the handler.
    await database.query(`INSERT INTO failed_attempts VALUES ($1, $2, 3, '[{"number":1},{"number":2},{"number":3}]')`, [
      DURABLE,
      id,
    ]);
    await consumer.next({ expires: 1_000 });
    for (let death = 0; death < 2; death += 1)
      await eventually(
        () => consumer.next({ expires: 8_000 }),
        (message) => {
          message?.nak();
          return message !== null;
        },
        { timeoutMs: 20_000 },
      );
    await service.stop();
    service = await start();

    const { data } = await eventually(
      () => service.app.get(DeadLetters).list({ limit: 10 }),
      (page) => page.data.length === 1,
      { timeoutMs: 15_000 },
    );
    expect(data[0]).toMatchObject({ reason: 'exhausted', error: expect.stringMatching(/without any outcome/) });
    expect(handled).toEqual([]);
  });

  it('nothing new is promised while too many facts wait for the broker', async () => {
    service = await start({ maxBacklog: 3 });
    const transactions = service.app.get(Transactions);
    transactions.assertRoom();
    await broker.kill();
    await note(1, 2, 3, 4);

    await eventually(
      () => {
        try {
          transactions.assertRoom();
          return undefined;
        } catch (error) {
          return error;
        }
      },
      (error) => error instanceof OutboxFull,
    );
    await broker.restart();
    await eventually(remembered, (numbers) => numbers.length === 4, { timeoutMs: 20_000 });
    await eventually(() => transactions.assertRoom() === undefined);
  });

  it('a broker that lost its disk gets its stream and its reactions again, wherever they were', async () => {
    service = await start();
    await note(1, 2, 3, 4, 5);
    await eventually(remembered, (numbers) => numbers.length === 5);
    const { manager } = await service.app.get(BrokerConnection).opened;
    await manager.streams.delete(STREAM);
    await note(6);
    await eventually(
      () => manager.streams.info(STREAM),
      ({ state }) => state.messages > 0,
    );

    await eventually(
      async () => {
        await service.app.get(ReactionPlaces).look();
        return remembered();
      },
      (numbers) => numbers.includes(6),
      { timeoutMs: 20_000 },
    );
    expect(await remembered()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('a broker that came back with an older stream does not make a reaction skip new facts', async () => {
    service = await start();
    await note(1, 2, 3, 4, 5);
    await eventually(remembered, (numbers) => numbers.length === 5);
    await service.stop();
    await broker.kill();
    await loseStoredFacts();
    await broker.restart();
    service = await start();
    const { manager } = await service.app.get(BrokerConnection).opened;
    await note(6);

    await eventually(remembered, (numbers) => numbers.includes(6), { timeoutMs: 20_000 });
    expect((await manager.streams.info(STREAM)).state.last_seq).toBe(1);
  });

  /** As a loss of power would: the facts are gone from the disk, the places of the reactions are not. */
  const loseStoredFacts = async (): Promise<void> => {
    const files = await readdir(broker.storeDir, { recursive: true });
    await Promise.all(
      files
        .filter((file) => /EVENTS[/\\]msgs[/\\]/.test(file))
        .map((file) => rm(join(broker.storeDir, file), { recursive: true, force: true })),
    );
  };
});

describe('a service that never reached the broker', () => {
  it('stops all the same', async () => {
    const database = await testDatabase();
    const unreachable = await startTestService({ natsUrl: 'nats://127.0.0.1:1', databaseUrl: database.url }, [
      RememberWhenSampleNoted,
    ]);

    await unreachable.stop();

    await database.drop();
  });
});
