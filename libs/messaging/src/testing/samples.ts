import { Injectable } from '@nestjs/common';
import { testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import type { Fact } from '../fact.js';
import { BrokerConnection } from '../jetstream/broker-connection.js';
import { natsHeaders, seal } from '../jetstream/envelope.js';
import { Handles, HandlesBatch, HandlesEvery } from '../reactions/handles.js';
import type { Transaction } from '../transaction.js';
import { Transactions } from '../transactions.js';
import { SampleAnswered, SampleNoted, startTestService, type TestService } from './test-service.js';

/** A service with three reactions to a fact of no business, which can be told to misbehave. */
export const samples = {
  service: undefined as unknown as TestService,
  broker: undefined as unknown as TestBroker,
  database: undefined as unknown as TestDatabase,
  /** What the reactions were given. */
  seen: { one: [] as number[], batches: [] as number[][], every: [] as string[] },
  /** The error a number is answered with. */
  fail: (() => undefined) as (number: number) => Error | undefined,

  async open(): Promise<void> {
    samples.seen = { one: [], batches: [], every: [] };
    samples.fail = () => undefined;
    [samples.broker, samples.database] = await Promise.all([testBroker(), testDatabase()]);
    await samples.database.query('CREATE TABLE counted (number int NOT NULL)');
    await samples.start();
  },

  async close(): Promise<void> {
    await samples.service.stop();
    await samples.broker.stop();
    await samples.database.drop();
  },

  start: (): Promise<void> => startWith(sampleReactions),

  /** A process of the same service without reactions: facts pile up for the next start. */
  startWithoutReactions: (): Promise<void> => startWith([]),

  note: (...numbers: number[]): Promise<void> =>
    samples.service.app.get(Transactions).run(async (tx) => {
      for (const number of numbers) {
        tx.publish(SampleNoted, { sampleId: uuidv7(), number }, { subject: uuidv7(), sequence: 1 });
      }
    }),

  /** As another producer would: straight to the stream. */
  async publish(data: object, { id = uuidv7(), messageId = uuidv7() } = {}): Promise<string> {
    const { jetstream } = await samples.service.app.get(BrokerConnection).opened;
    const { subject, payload, headers } = seal({
      id,
      type: 'sample.noted.v1',
      source: '/other',
      subject: uuidv7(),
      sequence: 1,
      time: new Date().toISOString(),
      data,
    });
    await jetstream.publish(subject, payload, { msgID: messageId, headers: natsHeaders(headers) });
    return id;
  },

  /** Numbers in the state that the batch reaction keeps. */
  async counted(): Promise<number[]> {
    const rows = await samples.database.query<{ number: number }>('SELECT number FROM counted ORDER BY number');
    return rows.map(({ number }) => number);
  },

  /** Facts that wait in the outbox. */
  async outbox(): Promise<number> {
    const [row] = await samples.database.query<{ count: number }>('SELECT count(*)::int AS count FROM outbox');
    return row!.count;
  },
};

@Injectable()
class AnswerWhenSampleNoted {
  @Handles(SampleNoted, { from: 'beginning' })
  async answer({ sampleId, number }: SampleNoted, tx: Transaction): Promise<void> {
    const error = samples.fail(number);
    if (error) throw error;
    samples.seen.one.push(number);
    tx.publish(SampleAnswered, { sampleId, number }, { subject: sampleId, sequence: 1 });
  }
}

@Injectable()
class CountWhenSampleNoted {
  @HandlesBatch(SampleNoted, { from: 'beginning' })
  async count(facts: Fact<SampleNoted>[], tx: Transaction): Promise<void> {
    const numbers = facts.map(({ data }) => data.number);
    samples.seen.batches.push(numbers);
    await tx.query(`INSERT INTO counted (number) SELECT * FROM unnest($1::int[])`, [numbers]);
    const error = numbers.map(samples.fail).find((failure) => failure !== undefined);
    if (error) throw error;
  }
}

@Injectable()
class WatchEverything {
  @HandlesEvery({ from: 'beginning' })
  async watch(facts: Fact<unknown>[]): Promise<void> {
    samples.seen.every.push(...facts.map(({ type }) => type));
  }
}

export const sampleReactions = [AnswerWhenSampleNoted, CountWhenSampleNoted, WatchEverything];

async function startWith(reactions: typeof sampleReactions): Promise<void> {
  samples.service = await startTestService(
    { natsUrl: samples.broker.url, databaseUrl: samples.database.url, retry: { backoffMs: [20, 20] } },
    reactions,
  );
  await samples.service.app.get(BrokerConnection).opened;
}
