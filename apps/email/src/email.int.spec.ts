import { jest } from '@jest/globals';
import { BrokerConnection, type Fact, natsHeaders, seal, STREAM } from '@hookshop/messaging';
import { createLogger } from '@hookshop/observability';
import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { Inbox } from './testing/inbox.js';
import { cancelled, confirmed, shipped } from './testing/order-facts.js';
import { RunningEmail } from './testing/running-email.js';

jest.setTimeout(60_000);

describe('email on the stream', () => {
  let database: TestDatabase;
  let broker: TestBroker;
  let inbox: Inbox;
  let email: RunningEmail;
  /** A connection that outlives the service. */
  let outside: BrokerConnection;

  beforeAll(async () => {
    inbox = new Inbox();
    [database, broker] = await Promise.all([testDatabase(), testBroker(), inbox.start()]);
    outside = new BrokerConnection(broker.url, 'spec', createLogger('spec', { logLevel: 'silent', nodeEnv: 'test' }));
    email = await start();
  });
  afterAll(async () => {
    await email?.stop();
    await outside?.close();
    await inbox?.stop();
    await broker?.stop();
    await database?.drop();
  });

  async function start(): Promise<RunningEmail> {
    const started = await RunningEmail.start({
      databaseUrl: database.url,
      natsUrl: broker.url,
      smtpUrl: `smtp://127.0.0.1:${inbox.port}`,
      mailFrom: 'The Shop <post@shop.example>',
    });
    const { manager } = await outside.opened;
    await eventually(async () => (await manager.streams.info(STREAM)).state.consumer_count === 3);
    return started;
  }
  /** Every call is a message of its own to the broker, also for a fact it has seen. */
  async function publish(fact: Fact<object>): Promise<void> {
    const { jetstream } = await outside.opened;
    const { subject, headers, payload } = seal(fact);
    await jetstream.publish(subject, payload, { headers: natsHeaders(headers), msgID: uuidv7() });
  }

  it('sends a mail of each kind, once per fact however often it is delivered', async () => {
    const [orderId, ended] = [uuidv7(), uuidv7()];
    const facts = [confirmed(orderId), shipped(orderId), cancelled(ended)];

    for (let delivery = 0; delivery < 3; delivery++) for (const fact of facts) await publish(fact);

    await eventually(() => inbox.mails.length >= 3);
    await eventually(
      () => email.stated(),
      (stated) => stated.length >= 3,
    );
    // Facts of one kind are handled in the order of the stream, so what would send a copy has passed by now.
    const last = uuidv7();
    for (const fact of [confirmed(last), shipped(last), cancelled(uuidv7())]) await publish(fact);
    await eventually(() => inbox.mails.length >= 6);
    expect(inbox.messageIds.slice(0, 3).sort()).toEqual([
      `<order-cancelled.${ended}@shop.example>`,
      `<order-confirmed.${orderId}@shop.example>`,
      `<order-shipped.${orderId}@shop.example>`,
    ]);
    expect(inbox.mails).toHaveLength(6);
    expect(new Set(inbox.messageIds).size).toBe(6);
  });

  it('mails nobody about what happened before its first start', async () => {
    await email.stop();
    const { manager } = await outside.opened;
    for await (const { name } of manager.consumers.list(STREAM)) await manager.consumers.delete(STREAM, name);
    // The service remembers its first start, from which a lost place would begin again.
    await database.query('DELETE FROM reaction_places');
    const [before, after] = [uuidv7(), uuidv7()];
    await publish(confirmed(before));

    email = await start();
    await publish(confirmed(after));

    await eventually(() => inbox.messageIds.includes(`<order-confirmed.${after}@shop.example>`));
    expect(inbox.messageIds).not.toContain(`<order-confirmed.${before}@shop.example>`);
  });
});
