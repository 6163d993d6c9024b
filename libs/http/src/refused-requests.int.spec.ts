import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceConfig } from '@hookshop/config';
import { eventually, testBroker, type TestBroker } from '@hookshop/testing';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Controller, Module } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { startService } from './run-service.js';

@Controller()
class Orders {
  @MessagePattern('order.show') show() {
    return { id: 'o-1' };
  }
  @MessagePattern('order.place') place() {
    return { placed: true };
  }
}
@Module({ controllers: [Orders] })
class Shop {}

/** Who answers, with what it may hear, and who asks. */
const users = (heard: string, password = 'order'): string => `
  authorization { users: [
    { user: order, password: ${password}, permissions { subscribe: [${heard}], publish { deny: ">" }, allow_responses: true } }
    { user: caller, password: caller }
  ] }`;
const SHOW = '"order.show order"';
const PLACE = '"order.place order"';

describe('requests that the broker does not let a service answer', () => {
  let folder: string;
  let broker: TestBroker;
  let caller: NatsConnection;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hookshop-users-'));
    const file = join(folder, 'users.conf');
    writeFileSync(file, users(SHOW));
    broker = await testBroker({ users: { file, passwords: {} } });
    caller = await connect({ servers: broker.url, user: 'caller', pass: 'caller', maxReconnectAttempts: -1 });
    const natsUrl = broker.url.replace('//', '//order:order@');
    app = await startService(
      { service: 'order', module: () => Shop, config: ServiceConfig },
      Object.assign(new ServiceConfig(), { port: 0, logLevel: 'silent', nodeEnv: 'test', natsUrl }),
    );
  });

  afterAll(async () => {
    await app.close();
    await caller.close();
    await broker.stop();
    rmSync(folder, { recursive: true });
  });

  const readiness = async (): Promise<{ status: string; detail?: string }> => {
    const { status, checks } = (await (await fetch(`${await app.getUrl()}/readyz`)).json()) as {
      status: string;
      checks: { requests: { detail?: string } };
    };
    return { status, ...checks.requests };
  };
  const ask = async (subject: string): Promise<unknown> =>
    (await caller.request(subject, JSON.stringify({ pattern: subject, data: {}, id: '1' }))).json();

  it('make it not ready, and it says which', async () => {
    const { detail } = await eventually(
      readiness,
      (told) => told.detail !== undefined && told.detail !== 'not connected',
    );

    expect(detail).toContain('does not let this service answer order.place. Write its permissions');
    expect((await readiness()).status).toBe('failing');
  });

  it('are answered once it may', async () => {
    await broker.changeUsers(users(`${SHOW}, ${PLACE}`));
    await eventually(readiness, { status: 'ok' });

    expect(await ask('order.place')).toMatchObject({ response: { placed: true } });
    expect(await ask('order.show')).toMatchObject({ response: { id: 'o-1' } });
  });

  it('are refused again when permission is taken away while it runs', async () => {
    await broker.changeUsers(users(SHOW));

    await eventually(readiness, (told) => told.detail?.includes('answer order.place.') === true);
  });

  it('are told from a broker that does not let the service in at all', async () => {
    await broker.changeUsers(users(`${SHOW}, ${PLACE}`, 'another'));
    await eventually(readiness, (told) => told.detail?.includes('NATS_URL') === true);

    await broker.changeUsers(users(`${SHOW}, ${PLACE}`));
    await eventually(readiness, { status: 'ok' });
  });
});
