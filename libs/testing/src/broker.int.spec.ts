import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { testBroker, type TestBroker } from './broker.js';

async function storeOneFact(broker: TestBroker): Promise<void> {
  const connection = await connect({ servers: broker.url });
  await (await jetstreamManager(connection)).streams.add({ name: 'FACTS', subjects: ['facts.>'] });
  await jetstream(connection).publish('facts.one', 'hello');
  await connection.close();
}

async function storedFacts(broker: TestBroker): Promise<number> {
  const connection = await connect({ servers: broker.url });
  try {
    return (await (await jetstreamManager(connection)).streams.info('FACTS')).state.messages;
  } finally {
    await connection.close();
  }
}

describe('testBroker', () => {
  it('keeps what it stored when it is killed and restarted', async () => {
    const broker = await testBroker();
    await storeOneFact(broker);

    await broker.kill();
    await expect(fetch(broker.monitoringUrl)).rejects.toThrow();
    await broker.restart();

    expect(await storedFacts(broker)).toBe(1);
    await broker.stop();
  });

  it('gives every caller a broker of its own', async () => {
    const [first, second] = await Promise.all([testBroker(), testBroker()]);
    await storeOneFact(first);

    await expect(storedFacts(second)).rejects.toThrow('stream not found');

    await Promise.all([first.stop(), second.stop()]);
  });

  it('takes messages of up to 4 MiB', async () => {
    const broker = await testBroker();
    const connection = await connect({ servers: broker.url });

    expect(connection.info?.max_payload).toBe(4 * 1024 * 1024);

    await connection.close();
    await broker.stop();
  });
});
