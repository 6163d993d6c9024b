import { gzipSync } from 'node:zlib';
import type { IncomingHttpHeaders } from 'node:http';
import { eventually } from '@hookshop/testing';
import { Receiver } from './testing/receiver.js';
import { Sender } from './testing/sender.js';

describe('an attempt, whatever the receiver answers,', () => {
  const sender = new Sender();
  afterEach(() => sender.stop());

  const answering = (status: number, body: string | Buffer = '', headers = {}) =>
    sender.receiver(Receiver.http((_request, response) => response.writeHead(status, headers).end(body)));
  const speaking = (text: string) =>
    sender.receiver(Receiver.raw((socket) => void socket.once('data', () => socket.write(text))));
  const dropped = (receiver: Receiver) => eventually(() => receiver.sockets.every(({ destroyed }) => destroyed));

  it('sends the very bytes and headers it was given', async () => {
    const seen: { method?: string; url?: string; headers: IncomingHttpHeaders; body: string }[] = [];
    const receiver = await sender.receiver(
      Receiver.http(async (request, response) => {
        const { method, url, headers } = request;
        seen.push({ method, url, headers, body: Buffer.concat(await request.toArray()).toString() });
        response.end();
      }),
    );

    await sender.send(receiver.url('127.0.0.1', '/hooks?a=1'), { body: '{"name":"Zoë"}' });

    expect(seen).toMatchObject([{ method: 'POST', url: '/hooks?a=1', body: '{"name":"Zoë"}' }]);
    expect(seen[0]!.headers).toEqual({
      host: `127.0.0.1:${receiver.port}`,
      connection: 'keep-alive',
      'content-type': 'application/json',
      'webhook-id': 'message-1',
      'accept-encoding': 'identity',
      'content-length': '15',
    });
  });

  it('may be an OPTIONS request without a body', async () => {
    const receiver = await sender.receiver(
      Receiver.http(({ method, headers }, response) =>
        response.writeHead(204, { 'webhook-allowed-origin': headers['webhook-request-origin'] }).end(method),
      ),
    );

    const outcome = await sender.send(receiver.url(), {
      method: 'OPTIONS',
      headers: { 'webhook-request-origin': 'shop.example' },
      body: undefined,
    });

    expect(outcome).toMatchObject({
      outcome: 'delivered',
      status: 204,
      responseHeaders: { 'webhook-allowed-origin': 'shop.example' },
    });
  });

  it.each([200, 201, 202, 204, 299])('is delivered by %i', async (status) => {
    const receiver = await answering(status, status === 204 ? '' : 'thanks', { 'x-id': ['1', '2'] });

    expect(await sender.send(receiver.url())).toMatchObject({
      outcome: 'delivered',
      status,
      responseHeaders: { 'x-id': ['1', '2'] },
      responseBody: status === 204 ? '' : 'thanks',
      truncated: false,
      error: null,
    });
  });

  it.each([400, 404, 410, 429, 500, 503])('fails by %i, and keeps what was said', async (status) => {
    const receiver = await answering(status, 'no', { 'retry-after': '7' });

    expect(await sender.send(receiver.url())).toMatchObject({
      outcome: 'failed',
      status,
      responseHeaders: { 'retry-after': '7' },
      responseBody: 'no',
      error: { class: 'http-status', message: `the receiver answered ${status}` },
    });
  });

  it.each([301, 302, 307, 308])('never follows %i', async (status) => {
    const target = await answering(200);
    const receiver = await answering(status, '', { location: target.url().href });

    expect(await sender.send(receiver.url())).toMatchObject({
      outcome: 'failed',
      status,
      responseHeaders: { location: target.url().href },
      error: { class: 'redirect', message: `${status}: redirects are not followed` },
    });
    expect(target.sockets).toEqual([]);
  });

  it('waits for the response after an early hint', async () => {
    const receiver = await speaking(
      'HTTP/1.1 103 Early Hints\r\nx-hint: 1\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
    );

    expect(await sender.send(receiver.url())).toMatchObject({
      outcome: 'delivered',
      status: 200,
      responseHeaders: { 'content-length': '2' },
      responseBody: 'ok',
    });
  });

  it('reads a body that ends with the connection', async () => {
    const receiver = await sender.receiver(
      Receiver.raw((socket) => void socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'))),
    );

    expect(await sender.send(receiver.url())).toMatchObject({ outcome: 'delivered', responseBody: 'all of it' });
  });

  it.each([
    ['200 OK', 'delivered'],
    ['500 Oh', 'failed'],
  ])('keeps 16 KiB of a %s that never ends, and drops the connection', async (status, outcome) => {
    const receiver = await sender.receiver(
      Receiver.raw((socket) => {
        const more = () => void (socket.writable && socket.write('a'.repeat(60_000), () => setImmediate(more)));
        socket.once('data', () => socket.write(`HTTP/1.1 ${status}\r\n\r\n`, more));
      }),
    );

    const { responseBody, ...rest } = await sender.send(receiver.url());

    expect(rest).toMatchObject({ outcome, status: Number.parseInt(status), truncated: true });
    expect(responseBody).toBe('a'.repeat(16 * 1_024));
    await dropped(receiver);
  });

  it('never inflates a compressed body', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const receiver = await answering(200, bomb, { 'content-encoding': 'gzip' });
    const before = process.memoryUsage();

    expect(await sender.send(receiver.url())).toMatchObject({
      outcome: 'delivered',
      status: 200,
      responseBody: '',
      truncated: true,
    });

    const { heapUsed, arrayBuffers } = process.memoryUsage();
    expect(heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(20_000_000);
    await dropped(receiver);
  });

  it('keeps the connection after a small compressed body', async () => {
    const receiver = await answering(200, gzipSync('{}'), { 'content-encoding': 'gzip' });
    const send = sender.connectTo(receiver.url(), { connections: 1 });

    await send();
    expect(await send()).toMatchObject({ outcome: 'delivered', responseBody: '', truncated: true });
    expect(receiver.sockets).toHaveLength(1);
  });

  it('refuses headers over 16 KiB', async () => {
    const receiver = await speaking(`HTTP/1.1 200 OK\r\nx-long: ${'a'.repeat(17_000)}\r\ncontent-length: 0\r\n\r\n`);

    expect(await sender.send(receiver.url())).toMatchObject({
      outcome: 'failed',
      status: null,
      error: { class: 'response-too-large', message: 'the response headers exceed 16 KiB' },
    });
    await dropped(receiver);
  });

  it.each([
    ['no HTTP at all', '220 mail.example ESMTP\r\n'],
    ['a header with NUL', 'HTTP/1.1 200 OK\r\nx-nul: a\0b\r\ncontent-length: 0\r\n\r\n'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n'],
  ])('refuses %s', async (_what, text) => {
    const receiver = await speaking(text);

    expect(await sender.send(receiver.url())).toMatchObject({
      outcome: 'failed',
      error: { class: 'connection', message: 'the response is not HTTP/1.1' },
    });
    await dropped(receiver);
  });

  it('gives header names of all kinds back as they are', async () => {
    const receiver = await speaking(
      'HTTP/1.1 200 OK\r\n__proto__: a\r\nconstructor: b\r\nX-Same: 1\r\nx-same: 2\r\ncontent-length: 0\r\n\r\n',
    );

    const { responseHeaders } = await sender.send(receiver.url());

    expect(JSON.parse(JSON.stringify(responseHeaders))).toEqual(
      JSON.parse('{"__proto__":"a","constructor":"b","x-same":["1","2"],"content-length":"0"}'),
    );
  });
});
