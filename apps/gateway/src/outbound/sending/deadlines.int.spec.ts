import { getEventListeners } from 'node:events';
import { eventually } from '@hookshop/testing';
import { Receiver } from './testing/receiver.js';
import { listing, request, Sender } from './testing/sender.js';

/** Enough for what comes before it, on a machine that is busy with other specs. */
const DEADLINE_MS = 1_000;

describe('the deadline of an attempt', () => {
  const sender = new Sender();
  afterEach(() => sender.stop());

  const silent = () => sender.receiver(Receiver.raw((socket) => void socket.resume()));
  const dropped = (receiver: Receiver) =>
    eventually(() => receiver.sockets.length > 0 && receiver.sockets.every(({ destroyed }) => destroyed));

  it('ends the wait for a receiver that says nothing', async () => {
    const receiver = await silent();

    const outcome = await sender.send(receiver.url(), { timeoutMs: DEADLINE_MS });

    expect(outcome).toMatchObject({
      outcome: 'failed',
      status: null,
      responseBody: '',
      error: { class: 'timeout', message: 'no response came within 1 s' },
      durationMs: { firstByte: null },
    });
    expect(outcome.durationMs.total).toBeGreaterThanOrEqual(DEADLINE_MS - 1);
    expect(outcome.durationMs.total).toBeLessThan(request(receiver.url()).timeoutMs);
    await dropped(receiver);
  });

  it.each([
    ['headers and then nothing', ['HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n'], ''],
    ['half of the body', ['HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n', 'ab'], 'ab'],
  ])('ends the wait after %s, and keeps the status', async (_what, pieces, responseBody) => {
    const receiver = await sender.receiver(
      Receiver.raw((socket) => void socket.once('data', () => pieces.forEach((piece) => socket.write(piece)))),
    );

    expect(await sender.send(receiver.url(), { timeoutMs: DEADLINE_MS })).toMatchObject({
      outcome: 'failed',
      status: 200,
      responseHeaders: { 'content-length': '5' },
      responseBody,
      durationMs: { firstByte: expect.any(Number) },
      error: { class: 'timeout', message: 'the response was not complete within 1 s' },
    });
    await dropped(receiver);
  });

  it('ends the wait for the response after an early hint, which is no status', async () => {
    const receiver = await sender.receiver(
      Receiver.raw(
        (socket) => void socket.once('data', () => socket.write('HTTP/1.1 103 Early Hints\r\nx: 1\r\n\r\n')),
      ),
    );

    expect(await sender.send(receiver.url(), { timeoutMs: DEADLINE_MS })).toMatchObject({
      status: null,
      responseHeaders: {},
      error: { class: 'timeout', message: 'no response came within 1 s' },
    });
  });

  it('ends a body that drips', async () => {
    const receiver = await sender.receiver(
      Receiver.raw((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n');
          const drip = setInterval(() => socket.write('a'), 10);
          socket.once('close', () => clearInterval(drip));
        });
      }),
    );

    const outcome = await sender.send(receiver.url(), { timeoutMs: DEADLINE_MS });

    expect(outcome).toMatchObject({ outcome: 'failed', status: 200, error: { class: 'timeout' } });
    expect(outcome.responseBody).toMatch(/^a+$/);
    await dropped(receiver);
  });

  it('ends a lookup that hangs, and the next attempt looks up anew', async () => {
    const receiver = await sender.receiver(Receiver.http((_request, response) => response.end()));
    let lookups = 0;
    const send = sender.connectTo(receiver.url('receiver.example'), {
      policy: listing('receiver.example'),
      connections: 1,
      resolve: () =>
        lookups++ === 0 ? new Promise(() => undefined) : Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    });

    expect(await send({ timeoutMs: 100 })).toMatchObject({
      error: { class: 'timeout', message: 'no connection could be opened within 0.1 s' },
      durationMs: { dns: null },
    });
    expect(await send()).toMatchObject({ outcome: 'delivered' });
  });

  it('ends a TLS handshake that hangs', async () => {
    const receiver = await sender.receiver(Receiver.raw((socket) => void socket.resume(), 'https'));

    expect(await sender.send(receiver.url(), { timeoutMs: DEADLINE_MS })).toMatchObject({
      error: { class: 'timeout', message: 'no connection could be opened within 1 s' },
      durationMs: { connect: expect.any(Number), tls: null },
    });
    await dropped(receiver);
  });

  it('counts while an attempt waits for a connection, and what was given up is never sent', async () => {
    const ids: unknown[] = [];
    const release: (() => void)[] = [];
    const receiver = await sender.receiver(
      Receiver.http(({ headers }, response) => {
        ids.push(headers['webhook-id']);
        release.push(() => response.end());
      }),
    );
    const send = sender.connectTo(receiver.url(), { connections: 1 });
    const first = send({ headers: { 'webhook-id': '1' } });
    await eventually(() => release.length === 1);

    expect(await send({ headers: { 'webhook-id': '2' }, timeoutMs: 100 })).toMatchObject({
      error: { class: 'timeout', message: 'no connection was free within 0.1 s' },
    });
    const third = send({ headers: { 'webhook-id': '3' } });
    release[0]!();
    await eventually(() => release.length === 2);
    release[1]!();

    expect(await Promise.all([first, third])).toMatchObject([{ outcome: 'delivered' }, { outcome: 'delivered' }]);
    expect(ids).toEqual(['1', '3']);
  });

  describe('or the end of the sender', () => {
    it('ends every attempt at once', async () => {
      const receiver = await silent();
      const send = sender.connectTo(receiver.url(), { connections: 10 });
      const stopping = new AbortController();
      const attempts = Array.from({ length: 20 }, () => send({}, stopping.signal));
      await eventually(() => receiver.sockets.length === 10);
      expect(getEventListeners(stopping.signal, 'abort')).toHaveLength(1);

      stopping.abort();

      for (const outcome of await Promise.all(attempts)) {
        expect(outcome).toMatchObject({
          outcome: 'failed',
          error: { class: 'connection', message: 'the sender is stopping' },
        });
      }
      await dropped(receiver);
    });

    it('keeps back what was about to go out on a connection that idles, and keeps the connection', async () => {
      const ids: unknown[] = [];
      const receiver = await sender.receiver(
        Receiver.http(({ headers }, response) => {
          ids.push(headers['webhook-id']);
          response.end();
        }),
      );
      const send = sender.connectTo(receiver.url(), { connections: 1 });
      await send({ headers: { 'webhook-id': '1' } });
      // Undici gives the socket back in the next turn.
      await new Promise(setImmediate);
      const stopping = new AbortController();
      const second = send({ headers: { 'webhook-id': '2' } }, stopping.signal);
      stopping.abort();

      expect(await second).toMatchObject({ error: { message: 'the sender is stopping' } });
      expect(await send({ headers: { 'webhook-id': '3' } })).toMatchObject({ outcome: 'delivered' });
      expect(ids).toEqual(['1', '3']);
      expect(receiver.sockets).toHaveLength(1);
    });

    it('lets nothing begin any more', async () => {
      const receiver = await silent();
      const send = sender.connectTo(receiver.url());

      expect(await send({}, AbortSignal.abort())).toMatchObject({ error: { message: 'the sender is stopping' } });
      expect(receiver.sockets).toEqual([]);
    });
  });
});
