import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { findServices } from '../shop/services.mjs';
import { root } from '../workspace/root.mjs';
import { GuardedBroker, mayHear, mayPublish } from './testing/guarded-broker.js';

interface Own {
  states: string[];
  durable: string;
  filter: string;
  answers: string;
}

/** Something of a service that the others must keep their hands off. */
const described: Record<string, Own> = {
  gateway: {
    states: ['shop.webhook.received.v1', 'shop.endpoint.disabled.v1', 'shop.delivery.exhausted.v1'],
    durable: 'gateway-record-timeline',
    filter: 'shop.>',
    answers: 'operations.gateway.list-reactions',
  },
  order: {
    states: ['shop.order.placed.v1', 'shop.order.confirmed.v1'],
    durable: 'order-request-payment-when-stock-reserved',
    filter: 'shop.stock.reserved.v1',
    answers: 'order.place',
  },
  inventory: {
    states: ['shop.product.listed.v1', 'shop.stock.reserved.v1'],
    durable: 'inventory-reserve-stock-when-order-placed',
    filter: 'shop.order.placed.v1',
    answers: 'inventory.restock',
  },
  payment: {
    states: ['shop.payment.captured.v1'],
    durable: 'payment-charge-when-payment-requested',
    filter: 'shop.order.payment-requested.v1',
    answers: 'operations.payment.redrive-dead-letters',
  },
  crm: {
    states: ['shop.customer.registered.v1'],
    durable: 'crm-register-customer-when-order-placed',
    filter: 'shop.order.placed.v1',
    answers: 'crm.show-customer',
  },
  email: {
    states: ['shop.email.sent.v1'],
    durable: 'email-send-confirmation-when-order-confirmed',
    filter: 'shop.order.confirmed.v1',
    answers: 'operations.email.list-reactions',
  },
  shipping: {
    states: ['shop.shipment.delivered.v1'],
    durable: 'shipping-book-shipment-when-order-confirmed',
    filter: 'shop.order.confirmed.v1',
    answers: 'operations.shipping.list-reactions',
  },
};
const users = findServices(root)
  .filter(({ usesBroker }) => usesBroker)
  .map(({ name }) => name);
const owned = Object.fromEntries(users.map((user) => [user, described[user] ?? consumerOf(user)]));

/** A service that only reacts, by the first consumer that it may have. */
function consumerOf(user: string): Own {
  const text = readFileSync(join(root, 'docker', 'nats', 'users.conf'), 'utf8');
  const [, durable, filter] =
    new RegExp(`CONSUMER\\.CREATE\\.EVENTS\\.(${user}-[^".]+)\\.(shop\\.[^"]+)"`).exec(text) ?? [];
  if (!durable || !filter) throw new Error(`${user} may have no consumer: write here what it may do`);
  return { states: [], durable, filter, answers: `operations.${user}.list-reactions` };
}
const API = '$JS.API';

/** Every durable consumer and its companion, with what it is given, by the service in whose name it is. */
const consumers = [
  ...readFileSync(join(root, 'docker', 'nats', 'users.conf'), 'utf8').matchAll(
    /"\$JS\.API\.CONSUMER\.CREATE\.EVENTS\.([\w-]+)\.(shop\.[^"]+)"/g,
  ),
].map(([, name, filter]) => ({
  owner: users.find((user) => name!.startsWith(`${user}-`)),
  name: name!,
  filter: filter!,
}));

/** Where an answer goes, as servers have it now and as they will have it. */
const answersFor = (durable: string): string[] => [
  `$JS.ACK.EVENTS.${durable}.1.2.3.4.5`,
  `$JS.ACK._.hash.EVENTS.${durable}.1.2.3.4.5`,
];

describe('the broker of the shop', () => {
  let broker: GuardedBroker;

  beforeAll(async () => {
    broker = await GuardedBroker.start();
    const manager = await jetstreamManager(await broker.connect('admin'));
    await manager.streams.add({ name: 'EVENTS', subjects: ['shop.>'] });
  });
  afterAll(() => broker.stop());

  it('lets in no stranger, and nobody with another password', async () => {
    const servers = new URL(broker.openUrl).host;

    await expect(connect({ servers })).rejects.toThrow('Authorization Violation');
    await expect(connect({ servers, user: 'order', pass: 'order' })).rejects.toThrow('Authorization Violation');
    await expect(connect({ servers, user: 'sandbox', pass: 'sandbox' })).rejects.toThrow('Authorization Violation');
  });

  it('knows no user but the services that use it and the operator', () => {
    const text = readFileSync(join(root, 'docker', 'nats', 'users.conf'), 'utf8');
    const known = [...text.matchAll(/user: "([^"]+)"/g)].map(([, user]) => user);

    expect(known.sort()).toEqual([...users, 'admin'].sort());
  });

  describe.each(users)('as %s', (user) => {
    const own = owned[user]!;
    const others = users.filter((other) => other !== user).map((other) => [other, owned[other]!] as const);
    let connection: NatsConnection;

    beforeAll(async () => {
      connection = await broker.connect(user);
    });
    const allowed = async (subjects: string[]): Promise<string[]> => {
      const outcomes = await Promise.all(subjects.map((subject) => mayPublish(connection, subject)));
      return subjects.filter((_, index) => outcomes[index]);
    };

    it('takes its own facts, and none of another service', async () => {
      expect(await allowed(own.states)).toEqual(own.states);
      expect(await allowed(others.flatMap(([, { states }]) => states))).toEqual([]);
      expect(await allowed(['shop.>', 'shop.*.placed.v1'])).toEqual(
        user === 'gateway' ? ['shop.>', 'shop.*.placed.v1'] : [],
      );
    });

    it('lets it touch none of the others’ consumers', async () => {
      const foreign = consumers.filter(({ owner }) => owner !== user);
      const subjects = foreign.flatMap(({ name, filter }) => [
        `${API}.CONSUMER.MSG.NEXT.EVENTS.${name}`,
        `${API}.CONSUMER.CREATE.EVENTS.${name}.${filter}`,
        `${API}.CONSUMER.CREATE.EVENTS.${name}`,
        `${API}.CONSUMER.DURABLE.CREATE.EVENTS.${name}`,
        `${API}.CONSUMER.DELETE.EVENTS.${name}`,
        `${API}.CONSUMER.PAUSE.EVENTS.${name}`,
        ...answersFor(name),
      ]);

      expect(foreign.length).toBeGreaterThan(30);
      expect(new Set(foreign.map(({ owner }) => owner))).toEqual(new Set(others.map(([other]) => other)));
      expect(await allowed(subjects)).toEqual([]);
    });

    it('lets its consumers have no facts but its own', async () => {
      const create = `${API}.CONSUMER.CREATE.EVENTS.${own.durable}`;
      // Whoever watches the stream may see all facts.
      const unheard =
        own.filter === 'shop.customer.registered.v1' ? 'shop.stock.low.v1' : 'shop.customer.registered.v1';
      const foreign = user === 'gateway' ? [] : [`${create}.${unheard}`, `${create}.shop.>`];

      expect(await allowed([`${create}.${own.filter}`])).toHaveLength(1);
      expect(await allowed([create, `${API}.CONSUMER.CREATE.EVENTS`, ...foreign])).toEqual([]);

      const other = { durable_name: own.durable, filter_subject: 'shop.customer.*.v1', ack_policy: 'none' };
      const request = JSON.stringify({ stream_name: 'EVENTS', config: { name: own.durable, ...other } });
      const answer = await connection.request(`${create}.${own.filter}`, request, { timeout: 2_000 });
      expect(answer.json()).toMatchObject({ error: { description: expect.stringContaining('filter') } });
    });

    it('lets it answer for what its consumers receive, again and again', async () => {
      expect(await allowed(answersFor(own.durable))).toHaveLength(2);
    });

    it('lets it neither empty, change nor delete the stream, nor read it by place', async () => {
      const verbs = ['DELETE', 'PURGE', 'UPDATE', 'MSG.GET', 'MSG.DELETE', 'SNAPSHOT', 'RESTORE', 'LEADER.STEPDOWN'];
      const subjects = verbs.map((verb) => `${API}.STREAM.${verb}.EVENTS`);

      expect(
        await allowed([
          ...subjects,
          `${API}.DIRECT.GET.EVENTS`,
          `${API}.DIRECT.GET.EVENTS.shop.order.placed.v1`,
          `${API}.STREAM.CREATE.OTHER`,
          `${API}.STREAM.LIST`,
          `${API}.STREAM.NAMES`,
        ]),
      ).toEqual([]);
    });

    it('lets it hear replies to itself and what it is asked, and nothing else', async () => {
      expect(await mayHear(connection, `_INBOX_${user}.x.*`)).toBe(true);
      expect(await mayHear(connection, own.answers, user)).toBe(true);

      const subjects = ['>', 'shop.>', '_INBOX.>', '_INBOX_>', '$JS.>', '$SYS.>', 'operations.>', own.answers];
      for (const [other, { states, answers }] of others)
        subjects.push(`_INBOX_${other}.>`, ...states.slice(0, 1), answers);
      const heard: string[] = [];
      for (const subject of subjects) if (await mayHear(connection, subject)) heard.push(subject);
      for (const [other, { answers }] of others) {
        if (await mayHear(connection, answers, other)) heard.push(`${answers} ${other}`);
      }
      expect(heard).toEqual([]);
    });

    it('lets it publish where others hear replies only to answer them', async () => {
      const answering = (asker: string, subject: string) => `_INBOX_${asker}.replies.x.${subject}`;
      const foreign = others.flatMap(([other, { answers }]) => [
        `_INBOX_${other}.x`,
        `_INBOX_${other}.replies.x`,
        answering('gateway', answers),
        // Who never asks this waits for no answer to it.
        answering(other === 'gateway' ? 'crm' : other, own.answers),
      ]);

      expect(await allowed([answering('gateway', own.answers)])).toHaveLength(1);
      expect(await allowed([...foreign, '$SYS.REQ.SERVER.PING'])).toEqual([]);
    });

    it('lets it ask only what it asks', async () => {
      const asks: Record<string, string[]> = {
        gateway: ['order.place', 'crm.show-customer', 'inventory.restock', 'operations.email.redrive-dead-letters'],
        order: ['inventory.quote'],
      };
      const all = ['inventory.restate', ...Object.values(asks).flat()];

      expect(await allowed(all)).toEqual(asks[user] ?? []);
    });
  });
});
