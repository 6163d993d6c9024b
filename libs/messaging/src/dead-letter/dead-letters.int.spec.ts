import { currentTrace, Logger, Tracer, type Span } from '@hookshop/observability';
import { eventually } from '@hookshop/testing';
import { jest } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { DeadLetters } from './dead-letters.js';
import { Redriver } from './redriver.js';
import { Unprocessable } from '../reactions/failure.js';
import { samples } from '../testing/samples.js';

describe('a fact that cannot be handled', () => {
  beforeEach(samples.open);
  afterEach(samples.close);

  it('is tried again with backoff, and buried with every attempt after the last', async () => {
    samples.fail = (number) => (number === 4 ? new Error(`cannot take ${number}`) : undefined);
    await samples.note(4);

    const { data } = await eventually(
      () => samples.service.app.get(DeadLetters).list({ limit: 10, reaction: 'count-when-sample-noted' }),
      (page) => page.data.length === 1,
    );
    expect(data[0]).toMatchObject({
      reason: 'exhausted',
      error: 'Error: cannot take 4',
      event: { type: 'sample.noted.v1' },
    });
    expect(data[0]!.attempts.map(({ number }) => number)).toEqual([1, 2, 3]);
    // Another reaction fails on the same fact, and buries it in its own time.
    await eventually(
      () => samples.database.query('SELECT * FROM failed_attempts'),
      (rows) => rows.length === 0,
    );
  });

  it('succeeds on a later attempt without leaving a trace', async () => {
    let failures = 0;
    samples.fail = (number) => (number === 6 && failures++ < 2 ? new Error('not yet') : undefined);
    await samples.note(6);

    await eventually(samples.counted, (numbers) => numbers.includes(6));
    await eventually(
      () => samples.seen.one.length,
      (count) => count === 1,
    );
    await eventually(
      () => samples.database.query('SELECT * FROM failed_attempts'),
      (rows) => rows.length === 0,
    );
    expect((await samples.service.app.get(DeadLetters).list({ limit: 10 })).data).toEqual([]);
  });

  it('goes to the dead letters with its reason when it does not match its contract, and holds nothing up', async () => {
    const id = await samples.publish({ sampleId: 'not an id', number: 1.5 });
    await samples.note(2);

    await eventually(samples.counted, (numbers) => numbers.includes(2));
    const { data } = await eventually(
      () => samples.service.app.get(DeadLetters).list({ limit: 10 }),
      (page) => page.data.length === 3,
    );
    expect(data.every(({ event, reason }) => event.id === id && reason === 'invalid')).toBe(true);
    expect(data[0]!.error).toMatch(/sampleId must match format "uuid".*number must be integer/);
  });

  it('is redriven to its reaction alone once its cause is mended', async () => {
    samples.fail = (number) => (number === 5 ? new Unprocessable('broken') : undefined);
    await samples.note(5);
    const deadLetters = samples.service.app.get(DeadLetters);
    await eventually(
      () => deadLetters.list({ limit: 10 }),
      ({ data }) => data.length === 2,
    );
    const { data } = await deadLetters.list({ limit: 10, reaction: 'count-when-sample-noted' });
    await eventually(
      () => samples.seen.every.length,
      (count) => count === 1,
    );

    expect(await deadLetters.requestRedrive({ id: data[0]!.id })).toBe(1);
    samples.service.app.get(Redriver).wake();
    await eventually(
      () => deadLetters.find(data[0]!.id),
      (letter) => letter?.attempts.length === 2,
    );
    samples.fail = () => undefined;
    await deadLetters.requestRedrive({ id: data[0]!.id });
    samples.service.app.get(Redriver).wake();

    await eventually(samples.counted, (numbers) => numbers.includes(5));
    expect(await deadLetters.find(data[0]!.id)).toBeUndefined();
    expect(samples.seen.one).toEqual([]);
    expect(samples.seen.every).toHaveLength(1);
  });

  it('is told of once for every redrive, in the log and in the trace of its fact', async () => {
    samples.fail = (number) => (number === 5 ? new Unprocessable('of Zaphod Beeblebrox') : undefined);
    await samples.note(5);
    const deadLetters = samples.service.app.get(DeadLetters);
    const letters = await eventually(
      () => deadLetters.list({ limit: 10, reaction: 'answer-when-sample-noted' }),
      ({ data }) => data.length === 1,
    );
    const { id: deadLetter, event } = letters.data[0]!;
    const [log, tracer] = [samples.service.app.get(Logger), samples.service.app.get(Tracer)];
    const writtenIn: (string | undefined)[] = [];
    const write = () => void writtenIn.push(currentTrace()?.traceparent);
    const lines = (['warn', 'info'] as const).map((level) => jest.spyOn(log, level).mockImplementation(write));
    jest.spyOn(tracer, 'records').mockReturnValue(true);
    const spans: Span[] = [];
    jest.spyOn(tracer, 'record').mockImplementation((span) => void spans.push(span));
    const redrive = async (): Promise<void> => {
      await deadLetters.requestRedrive({ id: deadLetter });
      samples.service.app.get(Redriver).wake();
    };

    await redrive();
    await eventually(() => spans.length === 1);
    samples.fail = () => undefined;
    await redrive();
    await eventually(() => spans.some(({ name }) => name === 'publish sample.answered.v1'));

    const told = lines.map(({ mock }) => mock.calls.map(([fields]) => fields as Record<string, unknown>));
    const about = { deadLetter, reaction: 'sampler-answer-when-sample-noted', eventId: event.id };
    const redrives = spans.filter(({ name }) => name.startsWith('redrive'));
    expect(
      redrives.map(({ name, kind, error, attributes }) => [name, kind, error, attributes!['hookshop.outcome']]),
    ).toEqual([
      [`redrive ${about.reaction}`, 'consumer', 'Unprocessable', 'dead'],
      [`redrive ${about.reaction}`, 'consumer', undefined, 'handled'],
    ]);
    expect(writtenIn).toEqual(redrives.map(({ traceparent }) => traceparent));
    expect(new Set(redrives.map(({ parent }) => parent)).size).toBe(1);
    const more = { ...about, eventType: 'sample.noted.v1', durationMs: expect.any(Number) };
    expect(told).toEqual([
      [{ ...more, outcome: 'dead', err: expect.any(Unprocessable) }],
      [expect.objectContaining({ ...more, outcome: 'handled' })],
    ]);
    const answered = spans.find(({ name }) => name === 'publish sample.answered.v1')!;
    expect(answered.parent?.slice(36, 52)).toBe(redrives[1]!.traceparent.slice(36, 52));
  });

  it('stays decided after its dead letter was discarded, even when a copy comes', async () => {
    samples.fail = (number) => (number === 5 ? new Unprocessable('broken') : undefined);
    const id = await samples.publish({ sampleId: uuidv7(), number: 5 });
    const deadLetters = samples.service.app.get(DeadLetters);
    const { data } = await eventually(
      () => deadLetters.list({ limit: 10 }),
      (page) => page.data.length === 2,
    );
    for (const letter of data) await deadLetters.discard(letter.id);
    samples.fail = () => undefined;
    await samples.publish({ sampleId: uuidv7(), number: 5 }, { id });
    await samples.note(6);

    await eventually(samples.counted, (numbers) => numbers.includes(6));
    expect(await samples.counted()).toEqual([6]);
  });
});
