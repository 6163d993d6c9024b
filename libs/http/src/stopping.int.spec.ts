import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { ServiceConfig } from '@hookshop/config';
import { Controller, Get, Injectable, Module, Sse, type OnModuleDestroy } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Observable } from 'rxjs';
import { drainDeadlineMs, startService } from './run-service.js';

/** What a request needs, and must still find while it is being answered. */
@Injectable()
class Pool implements OnModuleDestroy {
  open = true;
  onModuleDestroy(): void {
    this.open = false;
  }
}

@Controller()
class Slow {
  static started: () => void;
  static finish: () => void;

  constructor(private readonly pool: Pool) {}

  @Get('slow') async slow() {
    const finished = new Promise<void>((resolve) => (Slow.finish = resolve));
    Slow.started();
    await finished;
    return { poolIsOpen: this.pool.open };
  }
  @Get('quick') quick() {
    return {};
  }
  @Sse('stream') stream() {
    return new Observable((subscriber) => {
      subscriber.next({ data: { first: true } });
    });
  }
}
@Module({ controllers: [Slow], providers: [Pool] })
class Shop {}

const config: ServiceConfig = Object.assign(new ServiceConfig(), { port: 0, logLevel: 'silent', nodeEnv: 'test' });
const options = { service: 'order', module: () => Shop, config: ServiceConfig, microservice: false };

const read = async (url: string, agent?: Agent): Promise<IncomingMessage> => {
  const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
  return response;
};

const msTo = async (work: () => Promise<void>): Promise<number> => {
  const before = performance.now();
  await work();
  return performance.now() - before;
};

describe('a service that is told to stop', () => {
  let app: NestFastifyApplication;
  let url: string;
  beforeEach(async () => {
    app = await startService(options, config);
    url = await app.getUrl();
  });
  afterEach(() => app.close());

  it('answers what it has begun, with all it needs, and then goes', async () => {
    const started = new Promise<void>((resolve) => (Slow.started = resolve));
    const agent = new Agent({ keepAlive: true });
    const answer = read(`${url}/slow`, agent);
    await started;

    const closed = app.close();
    const refused = await once(connect(Number(new URL(url).port), '127.0.0.1'), 'error');
    expect(refused[0]).toMatchObject({ code: 'ECONNREFUSED' });
    Slow.finish();

    const response = await answer;
    expect(response.statusCode).toBe(200);
    expect(JSON.parse(await text(response))).toEqual({ poolIsOpen: true });
    await closed;
    expect(app.get(Pool).open).toBe(false);
    agent.destroy();
  });

  it('does not wait for connections that only idle', async () => {
    const agent = new Agent({ keepAlive: true });
    (await read(`${url}/quick`, agent)).resume();

    expect(await msTo(() => app.close())).toBeLessThan(drainDeadlineMs);
    agent.destroy();
  });

  it('does not wait for a caller who hung up in the middle of a body', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const head = 'POST /slow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"q';
    await new Promise<void>((resolve) => socket.write(head, () => resolve()));
    await (await read(`${url}/quick`)).resume();
    socket.destroy();

    expect(await msTo(() => app.close())).toBeLessThan(drainDeadlineMs);
  });

  it('does not wait for a connection on which nothing was ever said', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    // Accepted before the answer to a connection that was made later.
    await once(socket, 'connect');
    (await read(`${url}/quick`)).resume();
    const closed = once(socket, 'close');

    expect(await msTo(() => app.close())).toBeLessThan(drainDeadlineMs);
    await closed;
  });

  it('waits no longer than its deadline for what is never answered', async () => {
    await app.close();
    app = await startService({ ...options, limits: { drainMs: 300 } }, config);
    const started = new Promise<void>((resolve) => (Slow.started = resolve));
    const answer = read(`${await app.getUrl()}/slow`);
    answer.catch(() => undefined);
    await started;

    expect(await msTo(() => app.close())).toBeLessThan(drainDeadlineMs);
    await expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' });
    Slow.finish();
  });

  it('ends streams, whose readers come back elsewhere', async () => {
    const response = await read(`${url}/stream`);
    await once(response.setEncoding('utf8'), 'data');
    const ended = once(response, 'end');

    expect(await msTo(() => app.close())).toBeLessThan(drainDeadlineMs);
    await ended;
  });
});

it('says what is wrong when its port is taken, and leaves nothing behind', async () => {
  const first = await startService(options, config);
  const port = Number(new URL(await first.getUrl()).port);

  await expect(
    startService(options, Object.assign(new ServiceConfig(), { port, logLevel: 'silent', nodeEnv: 'test' })),
  ).rejects.toMatchObject({ code: 'EADDRINUSE' });

  await first.close();
});
