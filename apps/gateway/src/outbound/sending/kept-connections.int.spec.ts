import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Receiver } from './testing/receiver.js';
import { request, Sender } from './testing/sender.js';
import { EndpointConnection } from './endpoint-connection.js';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const fresh = { connect: expect.any(Number) };
const reused = { dns: null, connect: null, tls: null };

describe('connections that are kept', () => {
  const sender = new Sender();
  afterEach(() => sender.stop());

  /** Answers the requests of each socket, one function per request; after the last every request is answered. */
  async function scripted(...answers: ((socket: Socket) => unknown)[]): Promise<{ receiver: Receiver; ids: string[] }> {
    const ids: string[] = [];
    const receiver = await sender.receiver(
      Receiver.raw((socket) =>
        socket.on('data', (data) => {
          ids.push(/webhook-id: (.*)\r/.exec(data.toString('latin1'))![1]!);
          const answer = answers.shift();
          if (answer) answer(socket);
          else socket.write(OK);
        }),
      ),
    );
    return { receiver, ids };
  }
  const answer = (socket: Socket) => socket.write(OK);
  const headers = (id: string) => ({ 'webhook-id': id });

  it('carry one attempt after the other', async () => {
    const { receiver } = await scripted();
    const send = sender.connectTo(receiver.url(), { connections: 1 });

    expect(await send()).toMatchObject({ outcome: 'delivered', durationMs: { ...fresh, dns: null, tls: null } });
    expect(await send()).toMatchObject({ outcome: 'delivered', durationMs: reused });
    expect(receiver.sockets).toHaveLength(1);
  });

  it('are as many as allowed and no more', async () => {
    const { receiver } = await scripted();
    const send = sender.connectTo(receiver.url(), { connections: 3 });

    const outcomes = await Promise.all(Array.from({ length: 20 }, () => send()));

    expect(outcomes.filter(({ outcome }) => outcome === 'delivered')).toHaveLength(20);
    expect(outcomes.filter(({ durationMs }) => durationMs.connect !== null)).toHaveLength(3);
    expect(receiver.sockets).toHaveLength(3);
  });

  it.each([
    ['closed', (socket: Socket) => socket.end()],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('that the receiver %s as a request came are replaced, and the request is sent again', async (_how, cut) => {
    const { receiver, ids } = await scripted(answer, cut);
    const send = sender.connectTo(receiver.url(), { connections: 1 });
    await send({ headers: headers('1') });

    expect(await send({ headers: headers('2') })).toMatchObject({
      outcome: 'delivered',
      status: 200,
      durationMs: fresh,
    });
    expect(ids).toEqual(['1', '2', '2']);
    expect(receiver.sockets).toHaveLength(2);
    // The client that sent again is back in the pool.
    expect(await send({ headers: headers('3') })).toMatchObject({ outcome: 'delivered', durationMs: reused });
  });

  it('are not the place for a second try when another idles: that may be closed as well', async () => {
    const { receiver, ids } = await scripted(answer, answer, (socket) => socket.destroy());
    const send = sender.connectTo(receiver.url(), { connections: 2 });
    await Promise.all([send({ headers: headers('1') }), send({ headers: headers('1') })]);
    expect(receiver.sockets).toHaveLength(2);

    expect(await send({ headers: headers('2') })).toMatchObject({ outcome: 'delivered', durationMs: fresh });
    expect(ids).toEqual(['1', '1', '2', '2']);
    expect(receiver.sockets).toHaveLength(3);
  });

  it('are given up when the second try fails too', async () => {
    const { receiver, ids } = await scripted(
      answer,
      (socket) => socket.destroy(),
      (socket) => socket.destroy(),
    );
    const send = sender.connectTo(receiver.url(), { connections: 1 });
    await send({ headers: headers('1') });

    expect(await send({ headers: headers('2') })).toMatchObject({
      outcome: 'failed',
      error: { class: 'connection', message: 'the connection was closed before a response came' },
    });
    expect(ids).toEqual(['1', '2', '2']);
  });

  it('get no second try once the response has begun', async () => {
    const { receiver, ids } = await scripted(answer, (socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab'),
    );
    const send = sender.connectTo(receiver.url(), { connections: 1 });
    await send({ headers: headers('1') });

    expect(await send({ headers: headers('2') })).toMatchObject({
      outcome: 'failed',
      status: 200,
      responseBody: 'ab',
      error: { class: 'connection', message: 'the connection was closed in the middle of the response' },
    });
    expect(ids).toEqual(['1', '2']);
  });

  it.each([
    ['closed', (socket: Socket) => socket.end()],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('get no second try when they are new and %s at once', async (_how, cut) => {
    const { receiver, ids } = await scripted(cut);

    expect(await sender.send(receiver.url())).toMatchObject({
      outcome: 'failed',
      status: null,
      error: { class: 'connection', message: 'the connection was closed before a response came' },
    });
    expect(ids).toEqual(['message-1']);
  });

  it('have the deadline of the attempt for the second try too', async () => {
    const { receiver, ids } = await scripted(
      answer,
      (socket) => socket.destroy(),
      () => undefined,
    );
    const send = sender.connectTo(receiver.url(), { connections: 1 });
    await send({ headers: headers('1') });

    expect(await send({ headers: headers('2'), timeoutMs: 1_000 })).toMatchObject({ error: { class: 'timeout' } });
    expect(ids).toEqual(['1', '2', '2']);
    expect(await send({ headers: headers('3') })).toMatchObject({ outcome: 'delivered' });
  });

  it('tell that nobody listens, and are tried anew by the next attempt', async () => {
    const receiver = await Receiver.http((_request, response) => response.end());
    const url = receiver.url();
    await receiver.stop();
    const send = sender.connectTo(url, { connections: 1 });
    const refused = {
      outcome: 'failed',
      status: null,
      error: { class: 'connection', message: 'the connection was refused' },
      durationMs: { dns: null, connect: null, tls: null, firstByte: null },
    };

    expect(await send()).toMatchObject(refused);
    expect(await Promise.all([send(), send(), send()])).toMatchObject([refused, refused, refused]);
  });

  it('serve one origin only', async () => {
    const [one, other] = [(await scripted()).receiver, (await scripted()).receiver];

    expect(await sender.send(one.url(), { url: other.url() })).toMatchObject({
      outcome: 'failed',
      error: { class: 'connection', message: 'the URL has changed since the connection was made' },
    });
    expect([...one.sockets, ...other.sockets]).toEqual([]);
  });

  it('tell which header cannot be sent', async () => {
    const { receiver } = await scripted();

    expect(await sender.send(receiver.url(), { headers: { 'x-bad': 'a\r\nb: c' } })).toMatchObject({
      outcome: 'failed',
      error: { class: 'connection', message: 'the request cannot be sent: invalid x-bad header' },
    });
  });

  it('are closed once what is under way has come to its end', async () => {
    const { receiver } = await scripted((socket) => setImmediate(() => socket.write(OK)));
    const policy = { allowHttp: true, allowedPrivateHosts: ['127.0.0.1'] };
    const connection = new EndpointConnection(receiver.url(), { policy, connections: 1 });
    const underWay = connection.send(request(receiver.url()));

    await connection.close();

    expect(await underWay).toMatchObject({ outcome: 'delivered' });
    if (!receiver.sockets[0]!.destroyed) await once(receiver.sockets[0]!, 'close');
    expect(await connection.send(request(receiver.url()))).toMatchObject({
      error: { class: 'connection', message: 'the sender is stopping' },
    });
    await connection.close();
  });
});
