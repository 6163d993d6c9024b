import { Injectable } from '@nestjs/common';
import { eventually } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { DeadLetters } from '../dead-letter/dead-letters.js';
import type { Fact } from '../fact.js';
import { BrokerConnection } from '../jetstream/broker-connection.js';
import { Unprocessable } from './failure.js';
import { HandlesBatch } from './handles.js';
import { sampleReactions, samples } from '../testing/samples.js';
import { SampleNoted, startTestService, type TestService } from '../testing/test-service.js';

const background = { began: [] as number[], facts: 0 };

@Injectable()
class TallyWhenSampleNoted {
  @HandlesBatch(SampleNoted, { from: 'beginning', background: true })
  async tally(facts: Fact<SampleNoted>[]): Promise<void> {
    background.began.push(performance.now());
    background.facts += facts.length;
  }
}

describe('facts that come together', () => {
  beforeEach(samples.open);
  afterEach(samples.close);

  it('changes state once when both copies are in one batch', async () => {
    await samples.service.stop();
    await samples.startWithoutReactions();
    const id = await samples.publish({ sampleId: uuidv7(), number: 7 });
    await samples.publish({ sampleId: uuidv7(), number: 7 }, { id });
    await samples.service.stop();
    samples.seen.batches.length = 0;
    await samples.start();

    await eventually(samples.counted, (numbers) => numbers.length > 0);
    await samples.note(9);
    await eventually(samples.counted, (numbers) => numbers.includes(9));
    expect(await samples.counted()).toEqual([7, 9]);
  });

  it('is handled in whole batches, and alone only when a neighbour is poison', async () => {
    await samples.service.stop();
    await samples.startWithoutReactions();
    await samples.note(1, 2, 3, 4, 5);
    await eventually(samples.outbox, (rows) => rows === 0);
    await samples.service.stop();
    samples.fail = (number) => (number === 3 ? new Unprocessable('three is poison') : undefined);
    samples.seen.batches.length = 0;
    await samples.start();

    await eventually(samples.counted, (numbers) => numbers.length === 4);
    expect(await samples.counted()).toEqual([1, 2, 4, 5]);
    expect(Math.max(...samples.seen.batches.map(({ length }) => length))).toBeGreaterThan(1);
    const letters = await eventually(
      () => samples.service.app.get(DeadLetters).list({ limit: 10 }),
      ({ data }) => data.length === 2,
    );
    expect(new Set(letters.data.map(({ reason }) => reason))).toEqual(new Set(['unprocessable']));
  });

  it('costs one inbox statement for a whole batch', async () => {
    await samples.service.stop();
    await samples.startWithoutReactions();
    await samples.note(...Array.from({ length: 40 }, (_, index) => index));
    await eventually(samples.outbox, (rows) => rows === 0);
    await samples.service.stop();
    await samples.database.query(`CREATE TABLE inbox_statements (reaction text, rows int)`);
    await samples.database.query(`
      CREATE FUNCTION note_statement() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO inbox_statements SELECT min(reaction), count(*) FROM fresh; RETURN NULL; END $$`);
    await samples.database.query(`
      CREATE TRIGGER note_statement AFTER INSERT ON inbox REFERENCING NEW TABLE AS fresh
      FOR EACH STATEMENT EXECUTE FUNCTION note_statement()`);
    await samples.start();

    await eventually(samples.counted, (numbers) => numbers.length === 40);
    const statements = await samples.database.query<{ rows: number }>(
      `SELECT rows FROM inbox_statements WHERE reaction = 'sampler-count-when-sample-noted' AND rows > 0`,
    );
    expect(statements.reduce((sum, { rows }) => sum + rows, 0)).toBe(40);
    expect(statements).toHaveLength(samples.seen.batches.length);
    expect(statements.length).toBeLessThan(10);
  });

  it('that nobody waits for is handled at a pace, however fast facts come', async () => {
    await samples.service.stop();
    background.began.length = background.facts = 0;
    samples.service = await startTestService({ natsUrl: samples.broker.url, databaseUrl: samples.database.url }, [
      TallyWhenSampleNoted,
    ]);
    await samples.service.app.get(BrokerConnection).opened;
    await samples.note(0);
    await eventually(() => background.facts === 1);
    background.began.length = 0;
    for (let number = 1; background.began.length < 20; number += 1) await samples.note(number);

    // Over many of them: what the inbox takes before one begins is not always the same.
    const { began } = background;
    expect((began.at(-1)! - began[0]!) / (began.length - 1)).toBeGreaterThan(20);
  });

  it('is taken over by another instance when the process that had it stops', async () => {
    let second: TestService | undefined;
    try {
      second = await startTestService(
        { natsUrl: samples.broker.url, databaseUrl: samples.database.url },
        sampleReactions,
      );
      await samples.note(...Array.from({ length: 50 }, (_, index) => index));
      await samples.service.stop();
      await eventually(samples.counted, (numbers) => numbers.length === 50, { timeoutMs: 20_000 });
      expect(new Set(await samples.counted()).size).toBe(50);
    } finally {
      await second?.stop();
    }
  });
});
