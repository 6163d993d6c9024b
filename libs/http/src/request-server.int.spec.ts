import { ServiceConfig } from '@hookshop/config';
import { currentTrace } from '@hookshop/observability';
import { eventually, testBroker, type TestBroker } from '@hookshop/testing';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { Controller, Module, NotFoundException } from '@nestjs/common';
import { MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Problem } from './problem.js';
import { drainDeadlineMs, startService, type ServiceOptions } from './run-service.js';

class OutOfStock extends Error {}

@Controller()
class Orders {
  static started: () => void;
  static finish: () => void;
  static placed = 0;

  @MessagePattern('order.show') show(@Payload() { id }: { id: string }) {
    if (id === 'refused') throw new RpcException({ status: 409, detail: 'It is shipped.' });
    if (id === 'problem') throw new Problem(422, 'It is odd.', { errors: [{ path: 'id', message: 'is odd' }] });
    if (id === 'unknown') throw new NotFoundException('There is no such order.');
    if (id === 'none') throw new OutOfStock();
    if (id === 'away') throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    if (id === 'bug') throw new TypeError('secret of the house');
    return { id, traceparent: currentTrace()?.traceparent };
  }
  @MessagePattern('order.place') place() {
    return { placed: ++Orders.placed };
  }
  @MessagePattern('order.slow') async slow() {
    const finished = new Promise<void>((resolve) => (Orders.finish = resolve));
    Orders.started();
    await finished;
    return { done: true };
  }
}
@Module({ controllers: [Orders] })
class Shop {}
@Module({})
class Silent {}

const start = (natsUrl: string, more: Partial<ServiceOptions<ServiceConfig>> = {}): Promise<NestFastifyApplication> =>
  startService(
    {
      service: 'order',
      module: () => Shop,
      config: ServiceConfig,
      problems: (error) => (error instanceof OutOfStock ? new Problem(409, 'None left.') : undefined),
      ...more,
    },
    Object.assign(new ServiceConfig(), { port: 0, logLevel: 'silent', nodeEnv: 'test', natsUrl }),
  );

const readiness = async (app: NestFastifyApplication): Promise<number> =>
  (await fetch(`${await app.getUrl()}/readyz`)).status;
const ready = (app: NestFastifyApplication) =>
  eventually(
    () => readiness(app),
    (status) => status === 200,
  );
const unready = (app: NestFastifyApplication) =>
  eventually(
    () => readiness(app),
    (status) => status === 503,
  );

interface Answer {
  response?: Record<string, unknown>;
  err?: Record<string, unknown>;
}

describe('requests over NATS', () => {
  let broker: TestBroker;
  let caller: NatsConnection;
  const running: NestFastifyApplication[] = [];
  const run = async (...args: Parameters<typeof start>): Promise<NestFastifyApplication> => {
    const app = await start(...args);
    running.push(app);
    return app;
  };
  const ask = async (subject: string, data: object, traceparent?: string): Promise<Answer> => {
    const hdrs = headers();
    if (traceparent !== undefined) hdrs.set('traceparent', traceparent);
    const packet = JSON.stringify({ pattern: subject, data, id: '1' });
    return (await caller.request(subject, packet, { timeout: 5_000, headers: hdrs })).json<Answer>();
  };

  beforeEach(async () => {
    broker = await testBroker();
    caller = await connect({ servers: broker.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.close()));
    await caller.close();
    await broker.stop();
  });

  it('are answered, in the trace of the one who asks', async () => {
    await ready(await run(broker.url));
    const traceId = '0af7651916cd43dd8448eb211c80319c';

    const { response } = await ask('order.show', { id: 'o-1' }, `00-${traceId}-b7ad6b7169203331-01`);

    expect(response).toMatchObject({ id: 'o-1', traceparent: expect.stringContaining(`00-${traceId}-`) });
  });

  it.each([
    ['refused', { status: 409, detail: 'It is shipped.' }],
    ['problem', { status: 422, detail: 'It is odd.', errors: [{ path: 'id', message: 'is odd' }] }],
    ['unknown', { status: 404, detail: 'There is no such order.' }],
    ['none', { status: 409, detail: 'None left.' }],
    ['away', { status: 503 }],
    ['bug', { status: 500, detail: expect.not.stringContaining('secret') }],
  ])('that fail (%s) are answered with what HTTP would say', async (id, refusal) => {
    await ready(await run(broker.url));

    const { err, response } = await ask('order.show', { id });

    expect(response).toBeUndefined();
    expect(err).toMatchObject(refusal);
  });

  it('are done once, however many replicas there are', async () => {
    const [first, second] = await Promise.all([run(broker.url), run(broker.url)]);
    await Promise.all([ready(first), ready(second)]);
    Orders.placed = 0;

    const answers = await Promise.all(Array.from({ length: 50 }, () => ask('order.place', {})));

    expect(Orders.placed).toBe(50);
    expect(new Set(answers.map(({ response }) => response?.placed)).size).toBe(50);
  });

  it('do not disturb when they make no sense', async () => {
    await ready(await run(broker.url));

    caller.publish('order.place', 'not json');
    caller.publish('order.place', '[]');
    caller.publish('order.place', 'null', { reply: 'nowhere' });

    expect((await ask('order.show', { id: 'o-1' })).response).toMatchObject({ id: 'o-1' });
  });

  it('wait for a broker that is away when the service starts', async () => {
    await broker.kill();
    const app = await run(broker.url);

    expect((await fetch(`${await app.getUrl()}/healthz`)).status).toBe(200);
    expect(await readiness(app)).toBe(503);

    await broker.restart();
    await ready(app);
    expect((await ask('order.show', { id: 'o-1' })).response).toMatchObject({ id: 'o-1' });
  });

  it('are answered again when the broker is back', async () => {
    const app = await run(broker.url);
    await ready(app);

    await broker.kill();
    await unready(app);
    await broker.restart();

    await ready(app);
    expect((await ask('order.show', { id: 'o-1' })).response).toMatchObject({ id: 'o-1' });
  });

  it('that were taken are answered before a service stops', async () => {
    const app = await run(broker.url);
    await ready(app);
    const started = new Promise<void>((resolve) => (Orders.started = resolve));
    const answer = ask('order.slow', {});
    await started;

    const closed = app.close();
    await eventually(() =>
      ask('order.place', {}).then(
        () => false,
        () => true,
      ),
    );
    Orders.finish();

    expect((await answer).response).toEqual({ done: true });
    await closed;
  });

  it('do not keep a service from stopping while the broker is away', async () => {
    const app = await run(broker.url);
    await ready(app);
    await broker.kill();
    await unready(app);

    const before = performance.now();
    await app.close();

    expect(performance.now() - before).toBeLessThan(drainDeadlineMs);
  });

  it('leave a service ready that can do without them', async () => {
    await broker.kill();
    const app = await run(broker.url, { brokerRequired: false });

    const response = await fetch(`${await app.getUrl()}/readyz`);

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ checks: { requests: { ok: false } } });
    await broker.restart();
  });

  it('need no broker where there are none to answer', async () => {
    await broker.kill();
    const app = await run(broker.url, { module: () => Silent });

    expect(await readiness(app)).toBe(200);
    await broker.restart();
  });
});
