import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { eventually } from '@hookshop/testing';
import { Webhook } from 'standardwebhooks';
import { OutboundUnderTest } from '../../apps/gateway/src/outbound/testing/outbound-under-test.js';
import { Receiver, status } from '../../apps/gateway/src/outbound/testing/receiver.js';
import { keys } from '../../apps/gateway/src/testing/test-gateway.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const script = fileURLToPath(new URL('../listen.mjs', import.meta.url));

interface Listening {
  said(): string;
  /** Resolves with the exit code. */
  ended: Promise<number | null>;
  interrupt(): Promise<number | null>;
}

const running = new Set<Listening>();

function start(...options: string[]): Listening {
  const child = spawn(process.execPath, [script, ...options], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const listening = {
    said: () => output,
    ended,
    interrupt() {
      child.kill('SIGINT');
      return ended;
    },
  };
  running.add(listening);
  return listening;
}

describe('npm run listen', () => {
  let shop: OutboundUnderTest;
  let receiver: Receiver;

  beforeAll(async () => {
    shop = await OutboundUnderTest.start();
  });
  afterAll(() => shop.stop());
  beforeEach(async () => {
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    await Promise.all([...running].map((listening) => listening.interrupt()));
    running.clear();
    await receiver.stop();
  });

  const forwarding = async (...options: string[]) => {
    const listening = start('--forward', receiver.url, '--url', shop.gateway.url, '--key', keys.partner, ...options);
    await eventually(listening.said, (said) => said.includes('Ctrl-C'), { timeoutMs: 20_000 });
    return listening;
  };
  const lines = (listening: Listening) => listening.said().trim().split('\n').slice(1);
  const endpoints = async () => {
    const response = await shop.gateway.fetch('/v1/webhook-endpoints', { as: 'partner' });
    return ((await response.json()) as { data: unknown[] }).data;
  };

  it('forwards each event once, signed, with its id, and tells the answer', async () => {
    const listening = await forwarding();
    const ids = [await shop.orderPlaced(), await shop.orderPlaced()];
    await eventually(() => lines(listening).length === 2);

    expect(receiver.ids).toEqual(ids);
    expect(lines(listening)).toEqual(
      ids.map((id) => expect.stringMatching(`^[0-9:]{8}  204  order.placed.v1  ${id}$`)),
    );
    const secret = /whsec_\S+(?=\.)/.exec(listening.said())![0];
    for (const { body, headers, content } of receiver.received) {
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(content);
    }
  });

  it('goes on only after a 2xx, with the same id', async () => {
    const answers = [500, 302, 200, 200];
    receiver.answer = (response, received, request) =>
      status(answers.shift()!, { location: receiver.url })(response, received, request);
    const listening = await forwarding();
    const ids = [await shop.orderPlaced(), await shop.orderPlaced()];
    await eventually(() => lines(listening).length === 4, undefined, { timeoutMs: 20_000 });

    expect(receiver.ids).toEqual([ids[0], ids[0], ids[0], ids[1]]);
    expect(lines(listening).map((line) => line.split('  ')[1])).toEqual(['500', '302', '200', '200']);
    expect(lines(listening)[0]).toMatch(/again in 1 s$/);
  });

  it('forwards only what it is asked for, signed with the secret it is given', async () => {
    const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
    await forwarding('--events', 'payment.*, order.placed.v1', '--secret', secret);
    await shop.farSide.state({ type: 'order.cancelled.v1' });
    await shop.orderPlaced();
    await eventually(() => receiver.received.length === 1);

    expect(receiver.types).toEqual(['order.placed.v1']);
    const [{ body, headers }] = receiver.received as [(typeof receiver.received)[number]];
    new Webhook(secret).verify(body, headers as Record<string, string>);
  });

  it('deletes its endpoint when it is interrupted, also while nobody takes an event', async () => {
    const idle = await forwarding();
    expect(await endpoints()).toHaveLength(1);
    expect(await idle.interrupt()).toBe(0);
    expect(await endpoints()).toEqual([]);

    receiver.answer = () => undefined;
    const waiting = await forwarding();
    await shop.orderPlaced();
    await eventually(() => receiver.open === 1);
    expect(await waiting.interrupt()).toBe(0);
    expect(await endpoints()).toEqual([]);
  });

  it.each([
    ['there is no gateway', ['--url', 'http://127.0.0.1:1024'], /no gateway at .*ECONNREFUSED.*npm start/],
    ['the key is unknown', ['--key', 'sk_nobody'], /does not know this key/],
    ['the key is not a partner’s', ['--key', keys.shop], /may not have webhook endpoints/],
    ['there is no such event', ['--events', 'order.lost.v1'], /order\.lost\.v1 is no event type/],
    ['the target is no URL', ['--forward', 'localhost'], /--forward is "localhost"/],
    ['an option is unknown', ['--bogus'], /--bogus/],
  ])('ends with a message when %s', async (_, options, message) => {
    const wrong = start('--forward', receiver.url, '--url', shop.gateway.url, '--key', keys.partner, ...options);
    expect(await wrong.ended).toBe(1);
    expect(wrong.said()).toMatch(message);
    expect(wrong.said()).not.toMatch(/\n\s+at /);
    expect(await endpoints()).toEqual([]);
  });
});
