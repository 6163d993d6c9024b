import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { ServiceConfig } from '@hookshop/config';
import { Controller, Get, Module, Req, Sse } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { of } from 'rxjs';
import { startService } from './run-service.js';

@Controller()
class Orders {
  @Get('caller') caller(@Req() { ip, protocol }: FastifyRequest) {
    return { ip, protocol };
  }
  @Get('bug') bug() {
    throw new TypeError('secret of the house');
  }
  @Sse('stream') stream() {
    return of({ data: {} });
  }
}
@Module({ controllers: [Orders] })
class Shop {}

async function serve(settings: Partial<ServiceConfig> = {}): Promise<NestFastifyApplication> {
  const config = Object.assign(new ServiceConfig(), { port: 0, logLevel: 'silent', nodeEnv: 'test', ...settings });
  return startService({ service: 'order', module: () => Shop, config: ServiceConfig, microservice: false }, config);
}

describe('every answer', () => {
  let app: NestFastifyApplication;
  let url: string;
  beforeAll(async () => {
    app = await serve();
    url = await app.getUrl();
  });
  afterAll(() => app.close());

  it.each([
    ['that is fine', '/caller', 200],
    ['of a bug', '/bug', 500],
    ['that nothing is there', '/nowhere', 404],
    ['to an address that cannot be read', '/%zz', 400],
    ['about health', '/healthz', 200],
    ['about readiness', '/readyz', 200],
    ['with metrics', '/metrics', 200],
    ['that is a stream', '/stream', 200],
  ])(
    '%s can be neither sniffed, framed, embedded nor referred from, and names no software',
    async (_, path, status) => {
      const { headers, ...response } = await answer(url + path);

      expect(response.status).toBe(status);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
      });
      expect(headers['cache-control']).toMatch(/no-store|no-cache/);
      expect(Object.keys(headers)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^server$|powered/)]));
    },
  );

  it('is not to be kept, even where no request could be read', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('hello\r\n\r\n');

    const told = await text(socket);

    for (const header of ['X-Content-Type-Options: nosniff', 'Cache-Control: no-store']) expect(told).toContain(header);
  });

  it('does not demand TLS of those who came without', async () => {
    expect((await answer(`${url}/caller`)).headers).not.toHaveProperty('strict-transport-security');
  });
});

const answer = async (url: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { headers });
  const body = await response.text();
  return { status: response.status, headers: Object.fromEntries(response.headers), body };
};

const forwarded = { 'X-Forwarded-For': '203.0.113.9, 198.51.100.7', 'X-Forwarded-Proto': 'https' };

describe('what a proxy says about a caller', () => {
  let app: NestFastifyApplication | undefined;
  afterEach(() => app?.close());

  it('is believed of nobody by default', async () => {
    app = await serve();
    const { headers, body } = await answer(`${await app.getUrl()}/caller`, forwarded);

    expect(JSON.parse(body)).toEqual({ ip: '127.0.0.1', protocol: 'http' });
    expect(headers).not.toHaveProperty('strict-transport-security');
  });

  it('is believed of a proxy that is trusted, and only as far as trust reaches', async () => {
    app = await serve({ trustProxy: '127.0.0.1,198.51.100.0/24' });
    const { headers, body } = await answer(`${await app.getUrl()}/caller`, forwarded);

    expect(JSON.parse(body)).toEqual({ ip: '203.0.113.9', protocol: 'https' });
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
  });

  it('is not believed beyond the last trusted one', async () => {
    app = await serve({ trustProxy: '127.0.0.1' });

    expect(JSON.parse((await answer(`${await app.getUrl()}/caller`, forwarded)).body)).toMatchObject({
      ip: '198.51.100.7',
    });
  });
});
