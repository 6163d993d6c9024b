import { Metrics } from '@hookshop/observability';
import { eventually } from '@hookshop/testing';
import { DeadLetters } from '../dead-letter/dead-letters.js';
import { samples } from '../testing/samples.js';
import { ReactionPlaces } from './reaction-places.js';
import { Unprocessable } from './failure.js';

describe('how a reaction fares, for Prometheus', () => {
  beforeEach(samples.open);
  afterEach(samples.close);

  const values = async (name: string): Promise<Record<string, number>> => {
    const metric = samples.service.app.get(Metrics).registry.getSingleMetric(name)!;
    const { values } = (await metric.get()) as { values: { labels: Record<string, string>; value: number }[] };
    return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
  };
  const answered = 'sampler-answer-when-sample-noted';

  it('has each message once under what became of it', async () => {
    let failures = 0;
    samples.fail = (number) => {
      if (number === 2 && failures++ === 0) return new Error('not yet');
      return number === 3 ? new Unprocessable('never') : undefined;
    };
    const id = await samples.publish({ sampleId: '019bc0de-0000-7000-8000-000000000001', number: 1 });
    await eventually(() => samples.seen.one.includes(1));
    await samples.publish({ sampleId: '019bc0de-0000-7000-8000-000000000001', number: 1 }, { id });
    // Were it in one batch with the next fact, that one's failure would be the batch's.
    await eventually(() => values('reaction_messages_total'), {
      [`${answered} duplicate`]: 1,
      'sampler-count-when-sample-noted duplicate': 1,
    });
    // One of the two that are to take it fails, once.
    const total = (counts: Record<string, number>, of = '') =>
      Object.entries(counts).reduce((sum, [label, count]) => (label.endsWith(of) ? sum + count : sum), 0);
    await samples.note(2);
    await eventually(async () => total(await values('reaction_messages_total'), 'again'), 1);
    await samples.note(3);

    const each = { handled: 2, duplicate: 1, dead: 1 };
    for (const [outcome, count] of Object.entries(each)) {
      const label = `${answered} ${outcome}`;
      await eventually(async () => (await values('reaction_messages_total'))[label], count);
    }
    expect(total(await values('reaction_messages_total'), 'again')).toBe(1);
    await eventually(async () => total(await values('reaction_redelivered_total')), 1);
  });

  it('tells how far each is behind, and what waits for a person', async () => {
    samples.fail = (number) => (number === 5 ? new Unprocessable('broken') : undefined);
    await samples.note(5);
    const letters = samples.service.app.get(DeadLetters);
    const { data } = await eventually(
      () => letters.list({ limit: 10 }),
      (page) => page.data.length === 2,
    );
    const places = samples.service.app.get(ReactionPlaces);
    await places.look();
    expect(await values('dead_letters')).toEqual({ [answered]: 1, 'sampler-count-when-sample-noted': 1 });
    await eventually(
      async () => {
        await places.look();
        return values('reaction_lag');
      },
      { [answered]: 0, 'sampler-watch-everything': 0 },
    );
    expect(await values('reactions_overtaken')).toEqual({ '': 0 });
    expect((await values('events_stream_fill_ratio'))['']).toBeGreaterThan(0);

    await letters.discard(data[0]!.id);
    // No fault of theirs: they stay where they are, however long a look takes.
    samples.fail = () => Object.assign(new Error('held up'), { code: 'ECONNREFUSED' });
    await samples.note(6, 7);
    await eventually(async () => {
      await places.look();
      return (await values('reaction_lag'))[answered];
    }, 2);
    expect(Object.values(await values('dead_letters'))).toEqual([1]);
  });
});
