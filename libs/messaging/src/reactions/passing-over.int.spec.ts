import { Injectable } from '@nestjs/common';
import { eventually } from '@hookshop/testing';
import type { Fact } from '../fact.js';
import { BrokerConnection } from '../jetstream/broker-connection.js';
import { ReactionViews } from '../operations/reaction-views.js';
import { samples } from '../testing/samples.js';
import { SampleAnswered, SampleNoted, startTestService, type TestService } from '../testing/test-service.js';
import { Transactions } from '../transactions.js';
import { HandlesEvery } from './handles.js';

const seen: string[] = [];

@Injectable()
class WatchAnswersAlone {
  @HandlesEvery({ from: 'beginning', except: [SampleNoted] })
  async watch(facts: Fact<unknown>[]): Promise<void> {
    seen.push(...facts.map(({ type }) => type));
  }
}

describe('a reaction to every fact except some', () => {
  let watcher: TestService;

  beforeAll(async () => {
    await samples.open();
    await samples.service.stop();
    await samples.startWithoutReactions();
    watcher = await startTestService(
      { service: 'watcher', natsUrl: samples.broker.url, databaseUrl: samples.database.url },
      [WatchAnswersAlone],
    );
    await watcher.app.get(BrokerConnection).opened;
  });
  afterAll(async () => {
    await watcher.stop();
    await samples.close();
  });

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
    await eventually(() => watcher.app.get(ReactionViews).list(), [{ pending: 0, inFlight: 0, deadLetters: 0 }]);
    expect(seen).toEqual(['sample.answered.v1']);
    const inbox = await samples.database.query(`SELECT 1 FROM inbox WHERE reaction LIKE 'watcher-%'`);
    expect(inbox).toHaveLength(1);
  });
});
