import { Injectable } from '@nestjs/common';
import { Health } from '@hookshop/observability';
import { eventually, testBroker, testDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { BrokerConnection } from '../jetstream/broker-connection.js';
import { STREAM } from '../jetstream/events-stream.js';
import { SampleNoted, startTestService, type TestService } from '../testing/test-service.js';
import { Transactions } from '../transactions.js';
import { Handles } from './handles.js';
import { ReactionPlaces } from './reaction-places.js';

const heard: number[] = [];

@Injectable()
class HearWhenSampleNoted {
  @Handles(SampleNoted, { from: 'beginning' })
  async hear({ number }: SampleNoted): Promise<void> {
    heard.push(number);
  }
}

const DURABLE = 'sampler-hear-when-sample-noted';

describe('the place of a reaction', () => {
  let broker: Awaited<ReturnType<typeof testBroker>>;
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let service: TestService;

  const start = async (reactions = [HearWhenSampleNoted]): Promise<void> => {
    service = await startTestService({ natsUrl: broker.url, databaseUrl: database.url }, reactions);
    await service.app.get(BrokerConnection).opened;
  };

  beforeEach(async () => {
    heard.length = 0;
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    await start();
  });
  afterEach(async () => {
    await service.stop();
    await broker.stop();
    await database.drop();
  });

  const open = () => service.app.get(BrokerConnection).opened;
  const look = () => service.app.get(ReactionPlaces).look();
  const report = () => service.app.get(Health).report();
  const note = (...numbers: number[]): Promise<void> =>
    service.app.get(Transactions).run(async (tx) => {
      for (const number of numbers)
        tx.publish(SampleNoted, { sampleId: uuidv7(), number }, { subject: uuidv7(), sequence: 1 });
    });
  /** It is level with the first fact; two more come and are dropped while nobody reacts. */
  const overtake = async (): Promise<void> => {
    const { manager } = await open();
    await note(1);
    await eventually(() => heard.length === 1);
    await eventually(
      () => manager.consumers.info(STREAM, DURABLE),
      ({ num_ack_pending }) => num_ack_pending === 0,
    );
    await look();
    await service.stop();
    await start([]);
    await note(2, 3);
    const { streams } = (await open()).manager;
    await eventually(
      () => streams.info(STREAM),
      ({ state }) => state.messages === 3,
    );
    await streams.purge(STREAM);
    await service.stop();
  };
  const red = {
    ok: false,
    checks: { reactions: { ok: false, detail: expect.stringMatching(/facts 2 to 3 were dropped/) as string } },
  };

  it('turns readiness red when retention has overtaken it, until somebody looked after it', async () => {
    await overtake();
    await start();
    await look();

    expect(await report()).toMatchObject(red);
    await database.query(`DELETE FROM reaction_places WHERE reaction = $1`, [DURABLE]);
    await look();
    await eventually(report, ({ ok }) => ok);
  });

  it('is not moved without noting what was dropped before it: that could be told only once', async () => {
    await overtake();
    await database.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$`,
    );
    await database.query(`CREATE TRIGGER refuse BEFORE UPDATE ON reaction_places FOR EACH ROW
                          WHEN (NEW.overtaken_at IS NOT NULL) EXECUTE FUNCTION refuse()`);
    await start();
    await expect(look()).rejects.toThrow('not today');
    await database.query('DROP FUNCTION refuse CASCADE');
    await look();

    expect(await report()).toMatchObject(red);
  });

  it('never looks overtaken on a stream without matching facts', async () => {
    const { manager, jetstream } = await open();
    await eventually(() => manager.consumers.info(STREAM, DURABLE));
    await look();
    for (let count = 0; count < 3; count += 1) await jetstream.publish('shop.other.happened.v1', '{}');
    await look();
    await manager.streams.purge(STREAM);
    await look();

    expect(await database.query('SELECT * FROM reaction_places WHERE overtaken_at IS NOT NULL')).toEqual([]);
  });
});
