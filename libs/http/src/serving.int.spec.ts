import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { ServiceConfig } from '@hookshop/config';
import { currentTrace, Health, Metrics } from '@hookshop/observability';
import { eventually } from '@hookshop/testing';
import { Body, Controller, Get, Module, Param, Post, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { Problem } from './problem.js';
import { startService } from './run-service.js';

class OutOfStock extends Error {}
class Order {
  @IsInt() @Min(1) readonly quantity: number;
}
class PageQuery {
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(100) readonly limit: number = 20;
}

@Controller('orders')
class Orders {
  @Post() place(@Body() order: Order) {
    return { ...order, traceparent: currentTrace()?.traceparent };
  }
  @Post(':id/cancel') cancel(@Param('id') id: string) {
    return { cancelled: id };
  }
  @Get() list(@Query() query: PageQuery) {
    return query;
  }
  @Get(':id') show(@Param('id') id: string) {
    if (id === 'bug') throw new TypeError('secret of the house');
    if (id === 'away') throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    if (id === 'none') throw new OutOfStock();
    return { id };
  }
}
@Module({ controllers: [Orders] })
class Shop {}

const config: ServiceConfig = Object.assign(new ServiceConfig(), { port: 0, logLevel: 'silent', nodeEnv: 'test' });
const posting = 'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
const chunked = 'Transfer-Encoding: chunked\r\n';
let app: NestFastifyApplication;
let url: string;

beforeAll(async () => {
  app = await startService(
    {
      service: 'order',
      module: () => Shop,
      config: ServiceConfig,
      microservice: false,
      limits: { bodyBytes: 64 * 1024 },
      problems: (error) => (error instanceof OutOfStock ? new Problem(409, 'None left.') : undefined),
    },
    config,
  );
  url = await app.getUrl();
});
afterAll(() => app.close());

const post = (body: string, headers: Record<string, string> = { 'Content-Type': 'application/json' }) =>
  fetch(`${url}/orders`, { method: 'POST', body, headers });

async function expectProblem(response: Response, status: number): Promise<Record<string, unknown>> {
  const problem = (await response.json()) as Record<string, unknown>;
  expect({ status: response.status, problem }).toMatchObject({ status, problem: { status } });
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(Object.keys(problem)).toEqual(expect.arrayContaining(['type', 'title', 'detail']));
  return problem;
}

describe('a service over HTTP', () => {
  it('answers what is valid', async () => {
    const response = await post('{"quantity":2}');

    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ quantity: 2 });
    expect(await (await fetch(`${url}/orders?limit=5`)).json()).toEqual({ limit: 5 });
  });

  it.each([undefined, { 'Content-Type': 'application/json' }])(
    'takes a request without a body (%j)',
    async (headers) => {
      const response = await fetch(`${url}/orders/o-1/cancel`, { method: 'POST', headers });

      expect(response.status).toBe(201);
      expect(await response.json()).toEqual({ cancelled: 'o-1' });
    },
  );

  it('continues the trace of its caller, through the reading of the body', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = { 'Content-Type': 'application/json', traceparent: `00-${traceId}-b7ad6b7169203331-01` };

    const response = await post(`{"quantity":2${' '.repeat(60_000)}}`, headers);

    expect(((await response.json()) as { traceparent: string }).traceparent).toContain(`00-${traceId}-`);
    expect(response.headers.has('traceparent')).toBe(false);
  });

  it('names every fault of an invalid request', async () => {
    const problem = await expectProblem(await post('{"quantity":"2","note":1}'), 400);

    expect(problem.errors).toEqual([
      { path: 'note', message: 'property note should not exist' },
      { path: 'quantity', message: 'quantity must not be less than 1' },
      { path: 'quantity', message: 'quantity must be an integer number' },
    ]);
    await expectProblem(await fetch(`${url}/orders?limit=0`), 400);
    await expectProblem(await fetch(`${url}/orders?page=1`), 400);
  });

  it.each([
    ['malformed JSON', '{"quantity":'],
    ['JSON that reaches for the prototype', '{"quantity":2,"__proto__":{"admin":true}}'],
    ['JSON that reaches for the constructor', '{"quantity":2,"constructor":{"prototype":{"admin":true}}}'],
    ['a list', '[]'],
    ['nothing', ''],
  ])('refuses %s with 400', async (_, body) => {
    await expectProblem(await post(body), 400);
  });

  it('refuses JSON that reaches for the prototype before anything is made of it', async () => {
    const response = await post('{"quantity":2,"__proto__":{"admin":true}}');

    expect(await response.json()).toMatchObject({ detail: 'The body is not valid JSON.' });
  });

  it.each([undefined, 'text/plain', 'application/x-www-form-urlencoded', 'application/xml'])(
    'refuses a body of type %s with 415',
    async (type) => {
      const body = new Blob(['{"quantity":2}'], { type });

      await expectProblem(await fetch(`${url}/orders`, { method: 'POST', body }), 415);
    },
  );

  it('refuses a body over the limit with 413', async () => {
    await expectProblem(await post(JSON.stringify('x'.repeat(5_000_000))), 413);
  });

  it('refuses a body over the limit whose length was not told', async () => {
    const answer = new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${url}/orders`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' },
      });
      request.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
      request.end('x'.repeat(100_000));
    });

    expect(await answer).toBe(413);
  });

  it('tells an address nobody serves from a method it does not take', async () => {
    await expectProblem(await fetch(`${url}/nowhere`), 404);
    const response = await fetch(`${url}/orders`, { method: 'DELETE' });
    await expectProblem(response, 405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST');
  });

  it('answers 404 for an id too long to be one, and 400 for an address it cannot read', async () => {
    await expectProblem(await fetch(`${url}/orders/${'x'.repeat(5_000)}`), 404);
    await expectProblem(await fetch(`${url}/orders/%zz`), 400);
  });

  it('keeps its bugs to itself', async () => {
    const problem = await expectProblem(await fetch(`${url}/orders/bug`), 500);

    expect(JSON.stringify(problem)).not.toMatch(/secret|TypeError|\.ts/);
  });

  it('says when to come back while something it needs is away', async () => {
    const response = await fetch(`${url}/orders/away`);

    await expectProblem(response, 503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('answers the errors of its own as it was told', async () => {
    expect(await expectProblem(await fetch(`${url}/orders/none`), 409)).toMatchObject({ detail: 'None left.' });
  });

  it.each([
    ['what is not HTTP', 'hello\r\n\r\n', 400],
    ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
    ['a request to no host', 'GET /orders HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['a request to two hosts', 'GET /orders HTTP/1.1\r\nHost: x\r\nhost: y\r\nConnection: close\r\n\r\n', 400],
    ['an expectation nobody can meet', 'GET /orders HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\n\r\n', 417],
    ['a length told twice', `${posting}Content-Length: 2\r\nContent-Length: 14\r\n\r\n{"quantity":1}`, 400],
    ['a length told in two ways', `${posting}Content-Length: 5\r\n${chunked}\r\n0\r\n\r\nGET /orders`, 400],
    ['an encoding besides chunks', `${posting}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`, 400],
    ['an encoding with a blank', `${posting}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`, 400],
    ['a header over two lines', 'GET /orders HTTP/1.1\r\nHost: x\r\nX-Folded: a\r\n b\r\n\r\n', 400],
    ['a NUL in a header', 'GET /orders HTTP/1.1\r\nHost: x\r\nX-Cut: a\0b\r\n\r\n', 400],
  ])('answers %s with a problem', async (_, bytes, status) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(bytes);

    const answer = await text(socket);

    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    expect(answer).toMatch(/^content-type: application\/problem\+json/im);
    expect(answer).toMatch(/^x-content-type-options: nosniff\r$/im);
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ status });
  });

  it('goes on after a caller hangs up in the middle of a body', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const head =
      'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"q';
    await new Promise<void>((resolve) => socket.write(head, () => resolve()));
    socket.destroy();

    expect((await post('{"quantity":2}')).status).toBe(201);
  });

  it('takes signature headers of 8 KiB', async () => {
    const headers = { 'Content-Type': 'application/json', 'X-Signature': 'x'.repeat(8 * 1024) };

    expect((await post('{"quantity":2}', headers)).status).toBe(201);
  });
});

describe('health', () => {
  it('says that the process lives', async () => {
    const response = await fetch(`${url}/healthz`);

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  it('says whether the service is ready, and what is in the way', async () => {
    const health = app.get(Health);
    let ok = true;
    health.register('database', async () => ({ ok }));

    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ status: 'ok', checks: { database: { ok: true } } });

    ok = false;
    health.register('database', async () => ({ ok }));
    const unready = await fetch(`${url}/readyz`);
    expect(unready.status).toBe(503);
    expect(await unready.json()).toEqual({ status: 'failing', checks: { database: { ok: false } } });
  });

  it('shows each check of its readiness in the metrics', async () => {
    const health = app.get(Health);
    let ok = false;
    health.register('parcel service', async () => ({ ok }), { required: false });
    const shown = async (): Promise<string | undefined> =>
      /^health_check_ok\{check="parcel service",required="false"\} (\d)$/m.exec(
        await (await fetch(`${url}/metrics`)).text(),
      )?.[1];

    expect(await shown()).toBe('0');
    ok = true;
    await eventually(shown, (value) => value === '1');
  });

  it('shows the metrics, with the time each route takes', async () => {
    await fetch(`${url}/orders/o-1?key=secret`);

    const response = await fetch(`${url}/metrics`);

    expect(response.headers.get('content-type')).toContain('text/plain');
    const shown = await response.text();
    expect(shown).toContain('http_request_duration_seconds_count{method="GET",route="/orders/:id",status="200"}');
    expect(shown).not.toContain('secret');
    expect(await app.get(Metrics).registry.metrics()).toContain('process_cpu_seconds_total');
  });
});
