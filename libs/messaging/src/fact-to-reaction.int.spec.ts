import { Injectable } from '@nestjs/common';
import { eventually, testBroker, testDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import type { Fact } from './fact.js';
import { BrokerConnection } from './jetstream/broker-connection.js';
import { natsHeaders, seal } from './jetstream/envelope.js';
import { DeadLetters } from './dead-letter/dead-letters.js';
import { Redriver } from './dead-letter/redriver.js';
import { Unprocessable } from './reactions/failure.js';
import { Handles, HandlesBatch, HandlesEvery } from './reactions/handles.js';
import {
  SampleAnswered,
  SampleAnsweredV2,
  SampleNoted,
  startTestService,
  type TestService,
} from './testing/test-service.js';
import type { Transaction } from './transaction.js';
import { Transactions } from './transactions.js';

type Broker = Awaited<ReturnType<typeof testBroker>>;
type TestDatabase = Awaited<ReturnType<typeof testDatabase>>;

/** What the reactions under test were given, and how they are told to misbehave. */
const seen = { one: [] as number[], batches: [] as number[][], every: [] as string[] };
let fail: (number: number) => Error | undefined = () => undefined;

@Injectable()
class AnswerWhenSampleNoted {
  @Handles(SampleNoted, { from: 'beginning' })
  async answer({ sampleId, number }: SampleNoted, tx: Transaction): Promise<void> {
    const error = fail(number);
    if (error) throw error;
    seen.one.push(number);
    tx.publish(SampleAnswered, { sampleId, number }, { subject: sampleId, sequence: 1 });
  }
}

@Injectable()
class CountWhenSampleNoted {
  @HandlesBatch(SampleNoted, { from: 'beginning' })
  async count(facts: Fact<SampleNoted>[], tx: Transaction): Promise<void> {
    const numbers = facts.map(({ data }) => data.number);
    seen.batches.push(numbers);
    await tx.query(`INSERT INTO counted (number) SELECT * FROM unnest($1::int[])`, [numbers]);
    const error = numbers.map(fail).find((failure) => failure !== undefined);
    if (error) throw error;
  }
}

@Injectable()
class WatchEverything {
  @HandlesEvery({ from: 'beginning' })
  async watch(facts: Fact<unknown>[]): Promise<void> {
    seen.every.push(...facts.map(({ type }) => type));
  }
}

const background = { began: [] as number[], facts: 0 };

@Injectable()
class TallyWhenSampleNoted {
  @HandlesBatch(SampleNoted, { from: 'beginning', background: true })
  async tally(facts: Fact<SampleNoted>[]): Promise<void> {
    background.began.push(performance.now());
    background.facts += facts.length;
  }
}

describe('a fact, from transaction to reaction', () => {
  let broker: Broker;
  let database: TestDatabase;
  let service: TestService;
  const providers = [AnswerWhenSampleNoted, CountWhenSampleNoted, WatchEverything];

  const start = async (): Promise<void> => {
    service = await startTestService(
      { natsUrl: broker.url, databaseUrl: database.url, retry: { backoffMs: [20, 20] } },
      providers,
    );
    await service.app.get(BrokerConnection).opened;
  };

  beforeEach(async () => {
    seen.one.length = seen.batches.length = seen.every.length = 0;
    fail = () => undefined;
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    await database.query('CREATE TABLE counted (number int NOT NULL)');
    await start();
  });

  afterEach(async () => {
    await service.stop();
    await broker.stop();
    await database.drop();
  });

  const note = (...numbers: number[]): Promise<void> =>
    service.app.get(Transactions).run(async (tx) => {
      for (const number of numbers) {
        tx.publish(SampleNoted, { sampleId: uuidv7(), number }, { subject: uuidv7(), sequence: 1 });
      }
    });

  /** As another producer would: straight to the stream. */
  const publish = async (data: object, { id = uuidv7(), messageId = uuidv7() } = {}): Promise<string> => {
    const { jetstream } = await service.app.get(BrokerConnection).opened;
    const envelope = seal({
      id,
      type: 'sample.noted.v1',
      source: '/other',
      subject: uuidv7(),
      sequence: 1,
      time: new Date().toISOString(),
      data,
    });
    await jetstream.publish(envelope.subject, envelope.payload, {
      msgID: messageId,
      headers: natsHeaders(envelope.headers),
    });
    return id;
  };

  const counted = async (): Promise<number[]> =>
    (await database.query<{ number: number }>('SELECT number FROM counted ORDER BY number')).map(
      ({ number }) => number,
    );
  const outbox = async (): Promise<number> =>
    (await database.query<{ count: number }>('SELECT count(*)::int AS count FROM outbox'))[0]!.count;

  it('reaches every reaction once and leaves the outbox empty', async () => {
    await note(1, 2, 3);

    await eventually(counted, (numbers) => numbers.length === 3);
    await eventually(
      () => seen.every.length,
      (count) => count === 6,
    );
    expect([...seen.one].sort()).toEqual([1, 2, 3]);
    expect(seen.every.filter((type) => type === 'sample.answered.v1')).toHaveLength(3);
    await eventually(outbox, (rows) => rows === 0);
  });

  it('is not stated when the transaction rolls back', async () => {
    const run = service.app.get(Transactions).run(async (tx) => {
      tx.publish(SampleNoted, { sampleId: uuidv7(), number: 1 }, { subject: uuidv7(), sequence: 1 });
      throw new Error('no');
    });
    await expect(run).rejects.toThrow('no');
    await note(2);

    await eventually(counted, (numbers) => numbers.length === 1);
    expect(await counted()).toEqual([2]);
  });

  it('refuses to state what its contract does not allow', async () => {
    const run = service.app
      .get(Transactions)
      .run(async (tx) => tx.publish(SampleNoted, { sampleId: 'x', number: -1 }, { subject: 'x', sequence: 1 }));

    await expect(run).rejects.toThrow(/sample\.noted\.v1 was not stated: sampleId .*; number /);
    expect(await outbox()).toBe(0);
  });

  it('changes state once when the broker delivers it twice under another message id', async () => {
    const id = await publish({ sampleId: uuidv7(), number: 7 });
    await eventually(counted, (numbers) => numbers.length === 1);
    await publish({ sampleId: uuidv7(), number: 7 }, { id });
    await publish({ sampleId: uuidv7(), number: 8 });

    await eventually(counted, (numbers) => numbers.includes(8));
    expect(await counted()).toEqual([7, 8]);
  });

  it('changes state once when both copies are in one batch', async () => {
    await service.stop();
    await startWithoutReactions();
    const id = await publish({ sampleId: uuidv7(), number: 7 });
    await publish({ sampleId: uuidv7(), number: 7 }, { id });
    await service.stop();
    seen.batches.length = 0;
    await start();

    await eventually(counted, (numbers) => numbers.length > 0);
    await note(9);
    await eventually(counted, (numbers) => numbers.includes(9));
    expect(await counted()).toEqual([7, 9]);
  });

  /** A process of the same service without reactions: facts pile up for the next start. */
  const startWithoutReactions = async (): Promise<void> => {
    service = await startTestService({ natsUrl: broker.url, databaseUrl: database.url }, []);
    await service.app.get(BrokerConnection).opened;
  };

  it('is handled in whole batches, and alone only when a neighbour is poison', async () => {
    await service.stop();
    await startWithoutReactions();
    await note(1, 2, 3, 4, 5);
    await eventually(outbox, (rows) => rows === 0);
    await service.stop();
    fail = (number) => (number === 3 ? new Unprocessable('three is poison') : undefined);
    seen.batches.length = 0;
    await start();

    await eventually(counted, (numbers) => numbers.length === 4);
    expect(await counted()).toEqual([1, 2, 4, 5]);
    expect(Math.max(...seen.batches.map(({ length }) => length))).toBeGreaterThan(1);
    const letters = await eventually(
      () => service.app.get(DeadLetters).list({ limit: 10 }),
      ({ data }) => data.length === 2,
    );
    expect(new Set(letters.data.map(({ reason }) => reason))).toEqual(new Set(['unprocessable']));
  });

  it('is tried again with backoff, and buried with every attempt after the last', async () => {
    fail = (number) => (number === 4 ? new Error(`cannot take ${number}`) : undefined);
    await note(4);

    const { data } = await eventually(
      () => service.app.get(DeadLetters).list({ limit: 10, reaction: 'count-when-sample-noted' }),
      (page) => page.data.length === 1,
    );
    expect(data[0]).toMatchObject({
      reason: 'exhausted',
      error: 'Error: cannot take 4',
      event: { type: 'sample.noted.v1' },
    });
    expect(data[0]!.attempts.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(await database.query('SELECT * FROM failed_attempts')).toEqual([]);
  });

  it('succeeds on a later attempt without leaving a trace', async () => {
    let failures = 0;
    fail = (number) => (number === 6 && failures++ < 2 ? new Error('not yet') : undefined);
    await note(6);

    await eventually(counted, (numbers) => numbers.includes(6));
    await eventually(
      () => seen.one.length,
      (count) => count === 1,
    );
    await eventually(
      () => database.query('SELECT * FROM failed_attempts'),
      (rows) => rows.length === 0,
    );
    expect((await service.app.get(DeadLetters).list({ limit: 10 })).data).toEqual([]);
  });

  it('goes to the dead letters with its reason when it does not match its contract, and holds nothing up', async () => {
    const id = await publish({ sampleId: 'not an id', number: 1.5 });
    await note(2);

    await eventually(counted, (numbers) => numbers.includes(2));
    const { data } = await eventually(
      () => service.app.get(DeadLetters).list({ limit: 10 }),
      (page) => page.data.length === 3,
    );
    expect(data.every(({ event, reason }) => event.id === id && reason === 'invalid')).toBe(true);
    expect(data[0]!.error).toMatch(/sampleId must match format "uuid".*number must be integer/);
  });

  it('is redriven to its reaction alone once its cause is mended', async () => {
    fail = (number) => (number === 5 ? new Unprocessable('broken') : undefined);
    await note(5);
    const deadLetters = service.app.get(DeadLetters);
    await eventually(
      () => deadLetters.list({ limit: 10 }),
      ({ data }) => data.length === 2,
    );
    const { data } = await deadLetters.list({ limit: 10, reaction: 'count-when-sample-noted' });
    await eventually(
      () => seen.every.length,
      (count) => count === 1,
    );

    expect(await deadLetters.requestRedrive({ id: data[0]!.id })).toBe(1);
    service.app.get(Redriver).wake();
    await eventually(
      () => deadLetters.find(data[0]!.id),
      (letter) => letter?.attempts.length === 2,
    );
    fail = () => undefined;
    await deadLetters.requestRedrive({ id: data[0]!.id });
    service.app.get(Redriver).wake();

    await eventually(counted, (numbers) => numbers.includes(5));
    expect(await deadLetters.find(data[0]!.id)).toBeUndefined();
    expect(seen.one).toEqual([]);
    expect(seen.every).toHaveLength(1);
  });

  it('stays decided after its dead letter was discarded, even when a copy comes', async () => {
    fail = (number) => (number === 5 ? new Unprocessable('broken') : undefined);
    const id = await publish({ sampleId: uuidv7(), number: 5 });
    const deadLetters = service.app.get(DeadLetters);
    const { data } = await eventually(
      () => deadLetters.list({ limit: 10 }),
      (page) => page.data.length === 2,
    );
    for (const letter of data) await deadLetters.discard(letter.id);
    fail = () => undefined;
    await publish({ sampleId: uuidv7(), number: 5 }, { id });
    await note(6);

    await eventually(counted, (numbers) => numbers.includes(6));
    expect(await counted()).toEqual([6]);
  });

  it('waits in the outbox while the broker is away, and arrives when it is back', async () => {
    await broker.kill();
    await note(1, 2);
    expect(await outbox()).toBe(2);
    await broker.restart();

    await eventually(counted, (numbers) => numbers.length === 2, { timeoutMs: 20_000 });
    await eventually(outbox, (rows) => rows === 0);
  });

  it('left behind by a crash is published by the next process', async () => {
    const envelope = seal({
      id: uuidv7(),
      type: 'sample.noted.v1',
      source: '/sampler',
      subject: uuidv7(),
      sequence: 1,
      time: new Date().toISOString(),
      data: { sampleId: uuidv7(), number: 3 },
    });
    await database.query(
      `INSERT INTO outbox (id, subject, headers, payload, created_at) VALUES ($1, $2, $3, $4, now() - interval '1 minute')`,
      [envelope.id, envelope.subject, JSON.stringify(envelope.headers), envelope.payload],
    );

    await eventually(counted, (numbers) => numbers.includes(3));
    await eventually(outbox, (rows) => rows === 0);
  });

  it('that can never be published is set aside and holds nothing up', async () => {
    await database.query(
      `INSERT INTO outbox (id, subject, headers, payload, created_at)
       VALUES ($1, 'shop.sample.noted.v1', '{}', repeat('x', 5000000), now() - interval '1 minute')`,
      [uuidv7()],
    );
    await note(1);

    await eventually(counted, (numbers) => numbers.includes(1));
    const [row] = await eventually(
      () => database.query<{ failure: string }>('SELECT failure FROM outbox WHERE set_aside_at IS NOT NULL'),
      (rows) => rows.length === 1,
    );
    expect(row!.failure).toMatch(/payload/i);
  });

  it('stated in several versions reaches a wildcard subscriber once, in the newest it knows', async () => {
    const sampleId = uuidv7();
    await service.app.get(Transactions).run(async (tx) => {
      tx.publishVersions(
        [
          [SampleAnsweredV2, { sampleId, count: 1 }],
          [SampleAnswered, { sampleId, number: 1 }],
        ],
        { subject: sampleId, sequence: 1 },
      );
    });
    await note(1);

    await eventually(
      () => seen.every,
      (types) => types.includes('sample.noted.v1'),
    );
    await eventually(outbox, (rows) => rows === 0);
    expect(seen.every.filter((type) => type.startsWith('sample.answered'))).toContain('sample.answered.v2');
    expect(seen.every.filter((type) => type === 'sample.answered.v1')).toHaveLength(seen.one.length);
  });

  it('is taken over by another instance when the process that had it stops', async () => {
    let second: TestService | undefined;
    try {
      second = await startTestService({ natsUrl: broker.url, databaseUrl: database.url }, providers);
      await note(...Array.from({ length: 50 }, (_, index) => index));
      await service.stop();
      await eventually(counted, (numbers) => numbers.length === 50, { timeoutMs: 20_000 });
      expect(new Set(await counted()).size).toBe(50);
    } finally {
      await second?.stop();
    }
  });

  it('costs one inbox statement for a whole batch', async () => {
    await service.stop();
    await startWithoutReactions();
    await note(...Array.from({ length: 40 }, (_, index) => index));
    await eventually(outbox, (rows) => rows === 0);
    await service.stop();
    await database.query(`CREATE TABLE inbox_statements (reaction text, rows int)`);
    await database.query(`
      CREATE FUNCTION note_statement() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO inbox_statements SELECT min(reaction), count(*) FROM fresh; RETURN NULL; END $$`);
    await database.query(`
      CREATE TRIGGER note_statement AFTER INSERT ON inbox REFERENCING NEW TABLE AS fresh
      FOR EACH STATEMENT EXECUTE FUNCTION note_statement()`);
    await start();

    await eventually(counted, (numbers) => numbers.length === 40);
    const statements = await database.query<{ rows: number }>(
      `SELECT rows FROM inbox_statements WHERE reaction = 'sampler-count-when-sample-noted' AND rows > 0`,
    );
    expect(statements.reduce((sum, { rows }) => sum + rows, 0)).toBe(40);
    expect(statements).toHaveLength(seen.batches.length);
    expect(statements.length).toBeLessThan(10);
  });

  it('that nobody waits for is handled at a pace, however fast facts come', async () => {
    await service.stop();
    background.began.length = background.facts = 0;
    service = await startTestService({ natsUrl: broker.url, databaseUrl: database.url }, [TallyWhenSampleNoted]);
    await service.app.get(BrokerConnection).opened;
    for (let number = 0; number < 40; number += 1) await note(number);

    await eventually(
      () => background.facts,
      (facts) => facts === 40,
    );
    const { began } = background;
    const pace = (began.at(-1)! - began[0]!) / (began.length - 1);
    expect(pace).toBeGreaterThan(20);
    expect(background.began.length).toBeLessThan(40);
  });
});
