import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { ServiceConfig } from '@hookshop/config';
import { eventually } from '@hookshop/testing';
import { Body, Controller, Get, Module, Post, Sse } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IsInt } from 'class-validator';
import { NEVER, startWith } from 'rxjs';
import { httpLimits, type HttpLimits } from './http-limits.js';
import { startService } from './run-service.js';

class Order {
  @IsInt() readonly quantity: number;
}
@Controller()
class Orders {
  @Post('orders') place(@Body() order: Order) {
    return order;
  }
  @Sse('stream') stream() {
    return NEVER.pipe(startWith({ data: 'first' }));
  }
  @Get('never') never() {
    return new Promise(() => undefined);
  }
  @Get('endless') endless() {
    return 'x'.repeat(50_000_000);
  }
}
@Module({ controllers: [Orders] })
class Shop {}

const config = (settings: Partial<ServiceConfig> = {}): ServiceConfig =>
  Object.assign(new ServiceConfig(), { port: 0, logLevel: 'silent', nodeEnv: 'test', ...settings });
const opened: { app?: NestFastifyApplication; sockets: Socket[] } = { sockets: [] };

async function serve(limits: Partial<HttpLimits>, settings: Partial<ServiceConfig> = {}): Promise<number> {
  const options = { service: 'order', module: () => Shop, config: ServiceConfig, microservice: false, limits };
  opened.app = await startService(options, config(settings));
  return Number(new URL(await opened.app.getUrl()).port);
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  opened.sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** What a connection is told until it is closed, or reset: who goes on sending then has heard what came before. */
async function answerTo(socket: Socket, bytes: string): Promise<string> {
  let told = '';
  socket.on('data', (chunk: Buffer) => (told += chunk.toString()));
  socket.write(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
  return told;
}

/** The same, while more is sent for a moment. Not until there is an answer: what comes after it would take it away again. */
async function answerToDripping(socket: Socket, bytes: string, drop: string): Promise<string> {
  let drops = 5;
  const dripping = setInterval(() => (drops-- > 0 ? socket.write(drop) : clearInterval(dripping)), 20);
  return answerTo(socket, bytes).finally(() => clearInterval(dripping));
}

afterEach(async () => {
  for (const socket of opened.sockets.splice(0)) socket.destroy();
  await opened.app?.close();
});

const head = 'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 14\r\n';

describe('a service and a caller who takes his time', () => {
  it('cuts off a head that does not come to an end', async () => {
    const socket = await dial(await serve({ headMs: 200, checkMs: 500 }));

    const answer = await answerToDripping(socket, head, 'X-More: y\r\n');

    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ detail: 'The request took too long to arrive.' });
  });

  it('cuts off a body that does not come to an end', async () => {
    const socket = await dial(await serve({ headMs: 200, requestMs: 300, checkMs: 500 }));

    const answer = await answerToDripping(socket, `${head.replace('14', '1000')}\r\n{"quantity"`, ' ');

    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('closes a connection on which nothing is ever said, without a word', async () => {
    const socket = await dial(await serve({ headMs: 200, checkMs: 50 }));

    expect(await text(socket)).toBe('');
  });

  it('closes a connection whose answer is not read', async () => {
    const socket = await dial(await serve({ silentMs: 200 }));
    socket.pause();
    socket.write('GET /endless HTTP/1.1\r\nHost: x\r\n\r\n');

    const server = opened.app!.getHttpServer() as { getConnections(told: (_: unknown, count: number) => void): void };
    const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
    await eventually(connections, (count) => count === 0);
  });

  it('has limits that stop the slow and not the patient', () => {
    expect(httpLimits.headMs).toBeLessThanOrEqual(httpLimits.requestMs);
    expect(httpLimits.requestMs).toBeLessThanOrEqual(30_000);
    expect(httpLimits.idleMs).toBeGreaterThan(60_000);
    // Heartbeats of streams come every 15 s.
    expect(httpLimits.silentMs).toBeGreaterThan(60_000);
    expect(httpLimits.silentMs).toBeLessThanOrEqual(120_000);
    expect(httpLimits.checkMs).toBeLessThanOrEqual(5_000);
    expect(httpLimits).toMatchObject({ bodyBytes: 1024 ** 2, headBytes: 32 * 1024, headers: 100 });
  });

  it('keeps a connection for its next request as long as it says', async () => {
    const { headers } = await fetch(`http://127.0.0.1:${await serve({ idleMs: 42_000 })}/healthz`);

    expect(headers.get('keep-alive')).toBe('timeout=42');
  });
});

/** A second answer on a connection is read as the one to the next request, by whoever shares it: a proxy. */
describe('a connection gets one answer to one request', () => {
  const refusedBody = `${head.replace('application/json', 'text/plain').replace('14', '1000')}\r\n{"q`;
  const statusesOf = (answers: string): string[] =>
    [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status!);

  it('when it was answered before its body came, and the rest never comes', async () => {
    const socket = await dial(await serve({ headMs: 200, requestMs: 300, checkMs: 50 }));

    expect(statusesOf(await answerTo(socket, refusedBody))).toEqual(['415']);
  });

  it('when something unreadable comes while a stream goes out', async () => {
    const socket = await dial(await serve({}));
    socket.once('data', () => socket.write('hello\r\n\r\n'));

    expect(statusesOf(await answerTo(socket, 'GET /stream HTTP/1.1\r\nHost: x\r\n\r\n'))).toEqual(['200']);
  });

  it('when something unreadable comes before it could be answered', async () => {
    const socket = await dial(await serve({}));

    expect(await answerTo(socket, 'GET /never HTTP/1.1\r\nHost: x\r\n\r\nhello\r\n\r\n')).toBe('');
  });

  it('and what is unreadable has its own, after one that is finished', async () => {
    const socket = await dial(await serve({}));
    socket.once('data', () => socket.write('hello\r\n\r\n'));

    expect(statusesOf(await answerTo(socket, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'))).toEqual(['200', '400']);
  });
});

describe('a service and a caller who wants too much', () => {
  it.each([
    [100, 201],
    [101, 431],
  ])('answers a request of %i headers with %i', async (count, status) => {
    const port = await serve({});
    const own = head.split('\r\n').length - 2 + 1;
    const more = Array.from({ length: count - own }, (_, index) => `X-${index}: y\r\n`).join('');

    const answer = await answerTo(await dial(port), `${head}Connection: close\r\n${more}\r\n{"quantity":1}`);

    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('answers a head of 31 KiB', async () => {
    const port = await serve({});
    const long = `X-Long: ${'x'.repeat(31 * 1024)}\r\n`;

    expect(await answerTo(await dial(port), `${head}Connection: close\r\n${long}\r\n{"quantity":1}`)).toMatch(
      /^HTTP\/1\.1 201 /,
    );
  });

  it('makes room for a new connection by closing those that only idle', async () => {
    const port = await serve({}, { httpMaxConnections: 10 });
    const agent = new Agent({ keepAlive: true });
    const ask = async (): Promise<number | undefined> => {
      const [response] = (await once(get({ port, path: '/healthz', agent }), 'response')) as [IncomingMessage];
      await text(response);
      return response.statusCode;
    };
    await Promise.all(Array.from({ length: 10 }, ask));
    // One is beyond the limit and is turned away; the next finds room.
    const status = await eventually(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).status);

    expect(status).toBe(200);
    agent.destroy();
  });

  it('refuses more connections than it takes', async () => {
    const port = await serve({}, { httpMaxConnections: 10 });
    const busy = await Promise.all(Array.from({ length: 10 }, () => dial(port)));
    for (const socket of busy) socket.write(head);

    const request = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const answer = await answerTo(await dial(port), request);

    expect(answer).toBe('');
    expect(busy.every((socket) => !socket.destroyed)).toBe(true);
  });
});
