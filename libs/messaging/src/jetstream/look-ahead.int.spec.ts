import { jest } from '@jest/globals';
import { eventually, testBroker, type TestBroker } from '@hookshop/testing';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { OpenBroker } from './broker-connection.js';
import { ensureStream, STREAM } from './events-stream.js';
import { lookAhead } from './look-ahead.js';

describe('a look at the next fact of a reaction', () => {
  let broker: TestBroker;
  let connection: NatsConnection;
  let open: OpenBroker;

  beforeAll(async () => {
    broker = await testBroker();
    connection = await connect({ servers: broker.url });
    open = { connection, jetstream: jetstream(connection), manager: await jetstreamManager(connection) };
    await ensureStream(open.manager);
    for (const subject of ['shop.other.noted.v1', 'shop.sample.noted.v1', 'shop.sample.noted.v1']) {
      await open.jetstream.publish(subject, 'a fact');
    }
  });

  afterAll(async () => {
    await connection.close();
    await broker.stop();
  });

  const look = (from: number, filter = 'shop.sample.noted.v1', durable = 'sampler-note') =>
    lookAhead(open, { durable, filter, from });
  const storedAt = async (seq: number): Promise<Date | undefined> =>
    (await open.manager.streams.getMessage(STREAM, { seq }))?.time;

  it('tells when it was stored, passing over the facts of others', async () => {
    expect(await look(1)).toEqual(await storedAt(2));
    expect(await look(3)).toEqual(await storedAt(3));
    expect(await look(1, 'shop.>')).toEqual(await storedAt(1));
  });

  it('finds nothing where there is none any more', async () => {
    expect(await look(4)).toBeNull();
  });

  it('leaves nothing behind', async () => {
    await look(1);

    expect((await open.manager.streams.info(STREAM)).state.consumer_count).toBe(0);
  });

  it('waits for another of the same reaction, at the same place or elsewhere', async () => {
    const [second, third] = [await storedAt(2), await storedAt(3)];

    expect(await Promise.all([look(1), look(1), look(3), look(4), look(1)])).toEqual([
      second,
      second,
      third,
      null,
      second,
    ]);
  });

  it('tries again while another instance looks', async () => {
    const theirs = { name: 'sampler-note-look', filter_subject: 'shop.other.noted.v1' };
    await open.manager.consumers.add(STREAM, theirs);
    const tries = jest.spyOn(open.manager.consumers, 'add');
    const looking = look(1);
    await eventually(() => tries.mock.calls.length > 1);
    await open.manager.consumers.delete(STREAM, theirs.name);

    expect(await looking).toEqual(await storedAt(2));
    tries.mockRestore();
  });
});
