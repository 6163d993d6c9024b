import { randomBytes } from 'node:crypto';
import { jest } from '@jest/globals';
import { loadConfig, ServiceConfig } from '@hookshop/config';
import { allContracts, exampleOf, type Contract, type ReactionView } from '@hookshop/contracts';
import { startService, type ServiceOptions } from '@hookshop/http';
import { BrokerConnection, natsHeaders, seal, Transactions } from '@hookshop/messaging';
import { Health } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { eventually, testDatabase, type TestDatabase } from '@hookshop/testing';
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { v7 as uuidv7 } from 'uuid';
import { keys, startGateway } from '../../apps/gateway/src/testing/test-gateway.js';
import { freePortBase, layout } from '../infrastructure/ports.mjs';
import { environmentOf } from '../shop/environment.mjs';
import { findServices } from '../shop/services.mjs';
import { root } from '../workspace/root.mjs';
import { GuardedBroker } from './testing/guarded-broker.js';

// Each boots a whole service, on machines that are busy with other specs.
jest.setTimeout(60_000);

const services = findServices(root);
/** Aggregates whose facts each service states; one that is not here states none. */
const states: Record<string, string[]> = {
  gateway: ['webhook', 'endpoint', 'delivery'],
  order: ['order'],
  inventory: ['product', 'stock'],
  payment: ['payment'],
  crm: ['customer'],
  email: ['email'],
  shipping: ['shipment'],
};

describe('with what the broker lets it do', () => {
  let broker: GuardedBroker;
  let admin: NatsConnection;
  let manager: JetStreamManager;

  beforeAll(async () => {
    broker = await GuardedBroker.start();
    admin = await broker.connect('admin');
    manager = await jetstreamManager(admin);
  });
  afterAll(() => broker.stop());

  /** As its own producer would state it. */
  const publish = async ({ type, schema, subject }: Contract): Promise<void> => {
    const [id, time] = [uuidv7(), new Date().toISOString()];
    const data = exampleOf(schema) as object;
    const { headers, payload } = seal({ id, type, source: '/other', subject: uuidv7(), sequence: 1, time, data });
    await jetstream(admin).publish(subject, payload, { msgID: id, headers: natsHeaders(headers) });
  };
  const stored = async (): Promise<string[]> =>
    Object.keys((await manager.streams.info('EVENTS', { subjects_filter: 'shop.>' })).state.subjects ?? {});

  describe.each(services.filter(({ usesBroker }) => usesBroker))('$name', (service) => {
    const { name } = service;
    let database: TestDatabase;
    let app: NestFastifyApplication;

    beforeAll(async () => {
      database = await testDatabase();
      app = await startService(await optionsOf(name), await configOf());
    });
    afterAll(async () => {
      await app.close();
      await database.drop();
    });

    async function configOf(): Promise<ServiceConfig> {
      const environment = environmentOf(service, {
        services,
        // Nobody listens there: third parties are away.
        ports: layout(await freePortBase()),
        given: { LOG_LEVEL: 'silent', NODE_ENV: 'test' },
        databaseUrl: database.url,
        natsUrl: broker.urlFor(name),
        secrets: { WEBHOOK_SEALING_KEYS: randomBytes(32).toString('base64') },
      });
      return loadConfig((await optionsOf(name)).config, { ...environment, PORT: '0' });
    }

    const views = async (): Promise<ReactionView[]> => {
      const subject = `operations.${name}.list-reactions`;
      const packet = JSON.stringify({ pattern: subject, data: {}, id: '1' });
      const reply = await admin.request(subject, packet, { timeout: 5_000 });
      return reply.json<{ response: { reactions: ReactionView[] } }>().response.reactions;
    };

    it('is ready, and answers for its reactions', async () => {
      await eventually(() => app.get(Health).report(), { checks: { broker: { ok: true }, requests: { ok: true } } });

      expect((await eventually(views)).length).toBeGreaterThan(0);
    });

    it('states every fact of its own', async () => {
      const facts = allContracts().filter(({ aggregate }) => states[name]?.includes(aggregate));
      expect(facts.length > 0).toBe(name in states);
      await app.get(Transactions).run(async (tx) => {
        for (const { event, schema } of facts) {
          tx.publish(event, exampleOf(schema) as object, { subject: uuidv7(), sequence: 1 });
        }
      });

      const left = () => app.get(Database).query('SELECT subject, failure FROM outbox');
      await eventually(left, (rows) => rows.length === 0);
      expect(await stored()).toEqual(expect.arrayContaining(facts.map(({ subject }) => subject)));
    });

    it('receives the facts of its reactions, and acknowledges them', async () => {
      const consumers = async () => {
        const names = (await views()).map(({ reaction }) => reaction);
        return Promise.all(names.map((reaction) => manager.consumers.info('EVENTS', reaction)));
      };
      const filters = (await eventually(consumers)).map(({ config }) => config.filter_subject);
      for (const contract of allContracts().filter(({ subject }) => filters.includes(subject))) await publish(contract);

      await eventually(consumers, (all) => all.every(({ delivered }) => delivered.consumer_seq > 0));
      await eventually(consumers, (all) => all.some(({ ack_floor }) => ack_floor.consumer_seq > 0));
    });

    it('was refused nothing', async () => {
      expect(await app.get(Health).report()).toMatchObject({
        checks: { broker: { ok: true }, requests: { ok: true } },
      });
    });
  });

  it('the gateway shows the facts as they happen, and forgets its readers', async () => {
    const database = await testDatabase();
    const gateway = await startGateway({ natsUrl: broker.urlFor('gateway'), databaseUrl: database.url });
    await gateway.app.get(BrokerConnection).opened;
    const readers = async (): Promise<string[]> => {
      const names: string[] = [];
      for await (const { name, config } of manager.consumers.list('EVENTS')) if (!config.durable_name) names.push(name);
      return names;
    };
    try {
      const leaving = new AbortController();
      const stream = await fetch(`${gateway.url}/v1/events/stream?type=order.placed.v1`, {
        headers: { authorization: `Bearer ${keys.shop}` },
        signal: leaving.signal,
      });
      expect(await readers()).toHaveLength(1);
      await publish(allContracts().find(({ type }) => type === 'order.placed.v1')!);

      expect(await textUntil(stream, 'data:')).toContain('order.placed.v1');

      leaving.abort();
      await eventually(readers, (names) => names.length === 0);
      const list = await gateway.fetch('/v1/consumers', { as: 'admin' });
      expect(await list.json()).toMatchObject({
        data: expect.arrayContaining([expect.objectContaining({ service: 'gateway' })]),
      });
    } finally {
      await gateway.stop();
      await database.drop();
    }
  });
});

/** As its main.ts starts it; the gateway's door is opened only where it is needed. */
async function optionsOf(name: string): Promise<ServiceOptions<ServiceConfig>> {
  const exported = async (file: string): Promise<Record<string, unknown>> =>
    (await import(`../../apps/${name}/src/${name}.${file}.js`)) as Record<string, unknown>;
  const module = Object.values(await exported('module')).find(isModule)!;
  const configs = await exported('config').catch(() => ({ ServiceConfig }));
  const config = Object.values(configs).find(isConfig) ?? ServiceConfig;
  return { service: name, config, module: (given) => module.register(given) };
}

type RegisteredModule = { register: ServiceOptions<ServiceConfig>['module'] };
const isModule = (value: unknown): value is RegisteredModule =>
  typeof (value as Partial<RegisteredModule> | undefined)?.register === 'function';
const isConfig = (value: unknown): value is typeof ServiceConfig =>
  typeof value === 'function' && (value === ServiceConfig || value.prototype instanceof ServiceConfig);

async function textUntil(response: Response, wanted: string): Promise<string> {
  let text = '';
  for await (const chunk of response.body!) {
    text += Buffer.from(chunk).toString('utf8');
    if (text.includes(wanted)) break;
  }
  return text;
}
