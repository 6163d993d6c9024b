import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually, testBroker, type TestBroker, testDatabase, type TestDatabase } from '@hookshop/testing';
import { PaymentUnderTest } from './testing/payment-under-test.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface BookedIntent {
  id: string;
  status: string;
  idempotencyKey: string;
  capturedInCents: number;
  refundedInCents: number;
}

/** The sandbox as it is shipped, built before any spec ran, on any free port. */
async function startSandbox(databaseUrl: string): Promise<{ process: ChildProcess; url: string }> {
  const sandbox = spawn(process.execPath, ['apps/sandbox/dist/main.js'], {
    cwd: root,
    env: { PORT: '0', SMTP_PORT: '0', DATABASE_URL: databaseUrl, NODE_ENV: 'test' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(sandbox.stdout)) {
    const { url } = JSON.parse(line) as { url?: string };
    if (url !== undefined) return { process: sandbox, url };
  }
  throw new Error('The sandbox ended while it started');
}

describe('Payment and the sandbox', () => {
  let broker: TestBroker;
  let databases: TestDatabase[] = [];
  let sandbox: { process: ChildProcess; url: string };
  let payment: PaymentUnderTest;

  beforeAll(async () => {
    databases = [await testDatabase(), await testDatabase()];
    [broker, sandbox] = await Promise.all([testBroker(), startSandbox(databases[1]!.url)]);
    payment = await PaymentUnderTest.start({
      databaseUrl: databases[0]!.url,
      natsUrl: broker.url,
      providerUrl: sandbox.url,
      // Several answers are lost here, one after the other; what is asked for twice is no harm.
      environment: { STRIPE_TIMEOUT_MS: '1000' },
    });
  }, 120_000);
  afterAll(async () => {
    await payment?.stop();
    sandbox?.process.kill();
    await broker?.stop();
    for (const database of databases) await database.drop();
  });

  const ask = async <T>(path: string, method = 'GET', body?: object): Promise<T> => {
    const response = await fetch(sandbox.url + path, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const booked = async (orderId: string) =>
    (await ask<{ data: BookedIntent[] }>(`/provider/payment-intents?orderId=${orderId}`)).data;
  const misbehave = (behaviour: object) => ask('/provider/behaviour', 'PUT', behaviour);
  const states = (orderId: string, types: string[]) => eventually(() => payment.typesOf(orderId), types);
  const becomes = (orderId: string, status: string) => eventually(() => payment.payment(orderId), { status } as never);

  it('agree about a payment that was captured', async () => {
    const orderId = await payment.requestPayment();

    await states(orderId, ['payment.captured']);
    const { id } = (await payment.payment(orderId))!;
    expect(await booked(orderId)).toMatchObject([
      { status: 'succeeded', capturedInCents: 9900, refundedInCents: 0, idempotencyKey: `charge-${id}` },
    ]);
  });

  it('agree about a payment that was declined', async () => {
    const orderId = await payment.requestPayment('pm_card_chargeDeclinedInsufficientFunds');

    await states(orderId, ['payment.declined']);
    expect(payment.factsOf(orderId)[0]!.data).toMatchObject({ reason: 'insufficient_funds' });
    expect(await booked(orderId)).toMatchObject([{ capturedInCents: 0 }]);
  });

  it('book one charge when the answer to it was lost', async () => {
    await misbehave({ timeoutAfterCharge: true, times: 1 });
    const orderId = await payment.requestPayment();

    await states(orderId, ['payment.captured']);
    expect(await booked(orderId)).toMatchObject([{ capturedInCents: 9900 }]);
  });

  it('agree about a payment that is found by its order', async () => {
    await misbehave({ timeoutAfterCharge: true });
    const orderId = await payment.requestPayment();

    await states(orderId, ['payment.captured']);
    await misbehave({});
    expect(await booked(orderId)).toHaveLength(1);
  });

  it('agree about a customer who authenticates', async () => {
    const orderId = await payment.requestPayment('pm_card_authenticationRequired');
    const { provider_reference: id } = (await becomes(orderId, 'authenticating'))!;
    await ask(`/provider/payment-intents/${id}/authenticate`, 'POST', { outcome: 'succeed' });

    await states(orderId, ['payment.captured']);
    expect(await booked(orderId)).toMatchObject([{ id, capturedInCents: 9900 }]);
  });

  it('agree about a customer who fails to', async () => {
    const orderId = await payment.requestPayment('pm_card_authenticationRequired');
    const { provider_reference: id } = (await becomes(orderId, 'authenticating'))!;
    await ask(`/provider/payment-intents/${id}/authenticate`, 'POST', { outcome: 'fail' });

    await states(orderId, ['payment.declined']);
    expect(await booked(orderId)).toMatchObject([{ id, status: 'canceled', capturedInCents: 0 }]);
  });

  it('agree about an order that is cancelled while its customer authenticates', async () => {
    const orderId = await payment.requestPayment('pm_card_authenticationRequired');
    await becomes(orderId, 'authenticating');
    await payment.cancelOrder(orderId);

    await becomes(orderId, 'cancelled');
    expect(await booked(orderId)).toMatchObject([{ status: 'canceled', capturedInCents: 0 }]);
  });

  it('agree about a refund that failed at first', async () => {
    const orderId = await payment.requestPayment();
    await states(orderId, ['payment.captured']);
    await misbehave({ failRefunds: true, times: 1 });
    await payment.cancelOrder(orderId);

    await states(orderId, ['payment.captured', 'payment.refund-failed', 'payment.refunded']);
    expect(await booked(orderId)).toMatchObject([{ capturedInCents: 9900, refundedInCents: 9900 }]);
  });
});
