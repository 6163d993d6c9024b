import { eventually } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { seal } from './jetstream/envelope.js';
import { samples } from './testing/samples.js';
import { SampleAnswered, SampleAnsweredV2, SampleNoted } from './testing/test-service.js';
import { Transactions } from './transactions.js';

describe('a fact, from transaction to reaction', () => {
  beforeEach(samples.open);
  afterEach(samples.close);

  it('reaches every reaction once and leaves the outbox empty', async () => {
    await samples.note(1, 2, 3);

    await eventually(samples.counted, (numbers) => numbers.length === 3);
    await eventually(
      () => samples.seen.every.length,
      (count) => count === 6,
    );
    expect([...samples.seen.one].sort()).toEqual([1, 2, 3]);
    expect(samples.seen.every.filter((type) => type === 'sample.answered.v1')).toHaveLength(3);
    await eventually(samples.outbox, (rows) => rows === 0);
  });

  it('is not stated when the transaction rolls back', async () => {
    const run = samples.service.app.get(Transactions).run(async (tx) => {
      tx.publish(SampleNoted, { sampleId: uuidv7(), number: 1 }, { subject: uuidv7(), sequence: 1 });
      throw new Error('no');
    });
    await expect(run).rejects.toThrow('no');
    await samples.note(2);

    await eventually(samples.counted, (numbers) => numbers.length === 1);
    expect(await samples.counted()).toEqual([2]);
  });

  it('refuses to state what its contract does not allow', async () => {
    const run = samples.service.app
      .get(Transactions)
      .run(async (tx) => tx.publish(SampleNoted, { sampleId: 'x', number: -1 }, { subject: 'x', sequence: 1 }));

    await expect(run).rejects.toThrow(/sample\.noted\.v1 was not stated: sampleId .*; number /);
    expect(await samples.outbox()).toBe(0);
  });

  it('changes state once when the broker delivers it twice under another message id', async () => {
    const id = await samples.publish({ sampleId: uuidv7(), number: 7 });
    await eventually(samples.counted, (numbers) => numbers.length === 1);
    await samples.publish({ sampleId: uuidv7(), number: 7 }, { id });
    await samples.publish({ sampleId: uuidv7(), number: 8 });

    await eventually(samples.counted, (numbers) => numbers.includes(8));
    expect(await samples.counted()).toEqual([7, 8]);
  });

  it('waits in the outbox while the broker is away, and arrives when it is back', async () => {
    await samples.broker.kill();
    await samples.note(1, 2);
    expect(await samples.outbox()).toBe(2);
    await samples.broker.restart();

    await eventually(samples.counted, (numbers) => numbers.length === 2, { timeoutMs: 20_000 });
    await eventually(samples.outbox, (rows) => rows === 0);
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
    await samples.database.query(
      `INSERT INTO outbox (id, subject, headers, payload, created_at) VALUES ($1, $2, $3, $4, now() - interval '1 minute')`,
      [envelope.id, envelope.subject, JSON.stringify(envelope.headers), envelope.payload],
    );

    await eventually(samples.counted, (numbers) => numbers.includes(3));
    await eventually(samples.outbox, (rows) => rows === 0);
  });

  it('that can never be published is set aside and holds nothing up', async () => {
    await samples.database.query(
      `INSERT INTO outbox (id, subject, headers, payload, created_at)
       VALUES ($1, 'shop.sample.noted.v1', '{}', repeat('x', 5000000), now() - interval '1 minute')`,
      [uuidv7()],
    );
    await samples.note(1);

    await eventually(samples.counted, (numbers) => numbers.includes(1));
    const [row] = await eventually(
      () => samples.database.query<{ failure: string }>('SELECT failure FROM outbox WHERE set_aside_at IS NOT NULL'),
      (rows) => rows.length === 1,
    );
    expect(row!.failure).toMatch(/payload/i);
  });

  it('stated in several versions reaches a wildcard subscriber once, in the newest it knows', async () => {
    const sampleId = uuidv7();
    await samples.service.app.get(Transactions).run(async (tx) => {
      tx.publishVersions(
        [
          [SampleAnsweredV2, { sampleId, count: 1 }],
          [SampleAnswered, { sampleId, number: 1 }],
        ],
        { subject: sampleId, sequence: 1 },
      );
    });
    await samples.note(1);

    await eventually(
      () => samples.seen.every,
      (types) => types.includes('sample.noted.v1'),
    );
    await eventually(samples.outbox, (rows) => rows === 0);
    expect(samples.seen.every.filter((type) => type.startsWith('sample.answered'))).toContain('sample.answered.v2');
    expect(samples.seen.every.filter((type) => type === 'sample.answered.v1')).toHaveLength(samples.seen.one.length);
  });
});
