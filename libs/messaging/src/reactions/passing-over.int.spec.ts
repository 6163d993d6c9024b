import { Injectable } from '@nestjs/common';
import { eventually } from '@hookshop/testing';
import type { Fact } from '../fact.js';
import { BrokerConnection } from '../jetstream/broker-connection.js';
import { ReactionViews } from '../operations/reaction-views.js';
import { samples } from '../testing/samples.js';
import { SampleAnswered, SampleNoted, startTestService, type TestService } from '../testing/test-service.js';
import { Transactions } from '../transactions.js';
import { Handles, HandlesEvery } from './handles.js';

const seen: string[] = [];

@Injectable()
class WatchAnswersAlone {
  @HandlesEvery({ from: 'beginning', except: [SampleNoted] })
  async watch(facts: Fact<unknown>[]): Promise<void> {
    seen.push(...facts.map(({ type }) => type));
  }
}

const fromTheEast: number[] = [];

@Injectable()
class WatchTheEast {
  @Handles(SampleNoted, { from: 'beginning', source: '/sampler/doors/east' })
  async watch({ number }: SampleNoted): Promise<void> {
    fromTheEast.push(number);
  }
}

let watcher: TestService;

beforeAll(async () => {
  await samples.open();
  await samples.service.stop();
  await samples.startWithoutReactions();
  watcher = await startTestService(
    { service: 'watcher', natsUrl: samples.broker.url, databaseUrl: samples.database.url },
    [WatchAnswersAlone, WatchTheEast],
  );
  await watcher.app.get(BrokerConnection).opened;
});
afterAll(async () => {
  await watcher.stop();
  await samples.close();
});

const isLevel = (reaction: string) =>
  eventually(async () => (await watcher.app.get(ReactionViews).list()).find((view) => view.reaction === reaction), {
    pending: 0,
    inFlight: 0,
  });

describe('a reaction to every fact except some', () => {
  it('is given all others, and is level although it never read those, not even what is malformed', async () => {
    await samples.note(1, 2, 3);
    await samples.publish({ nonsense: true });
    await samples.service.app
      .get(Transactions)
      .run(async (tx) =>
        tx.publish(
          SampleAnswered,
          { sampleId: '019bc0de-0000-7000-8000-000000000001', number: 4 },
          { subject: 'x', sequence: 1 },
        ),
      );

    await eventually(() => seen.length > 0);
    await isLevel('watcher-watch-answers-alone');
    expect(seen).toEqual(['sample.answered.v1']);
    const inbox = await samples.database.query(`SELECT FROM inbox WHERE reaction = 'watcher-watch-answers-alone'`);
    expect(inbox).toHaveLength(1);
  });
});

describe('a reaction to facts of one source', () => {
  it('leaves those of the sources beside it unread, and is given those that say less about theirs', async () => {
    const sampleId = '019bc0de-0000-7000-8000-000000000001';
    const note = (number: number, source?: string) =>
      samples.service.app
        .get(Transactions)
        .run(async (tx) => tx.publish(SampleNoted, { sampleId, number }, { subject: 'x', sequence: 1, source }));
    const west = await note(11, 'doors/west');
    await note(12, 'doors/east');
    await note(13);
    await note(14, 'doors/eastern');
    await note(15, 'doors/east');

    await eventually(() => fromTheEast.includes(15));
    await isLevel('watcher-watch-the-east');
    expect(fromTheEast.filter((number) => number > 10)).toEqual([12, 13, 15]);
    expect(await samples.database.query('SELECT FROM inbox WHERE event_id = $1', [west])).toEqual([]);
  });
});
