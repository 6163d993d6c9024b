import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { mintSecret } from '@hookshop/webhooks';

interface Endpoint {
  id: string;
  url: string;
  secret: string;
}

/** Answers as the gateway does where a partner manages its endpoints; two a page, so that pages matter. */
export class StandInGateway {
  readonly endpoints: Endpoint[] = [];
  /** `POST /v1/webhook-endpoints`, in the order of their coming. */
  readonly calls: string[] = [];
  readonly keys = new Set<string | undefined>();
  readonly created: { url: string; eventTypes?: string[]; description?: string }[] = [];
  /** Answers this instead, while it is set. */
  failure: number | null = null;

  private constructor(private readonly server: Server) {}

  /** @param port any free one by default */
  static async start(port = 0): Promise<StandInGateway> {
    const server = createServer();
    const gateway = new StandInGateway(server);
    server.on('request', (request: IncomingMessage, response) => {
      void gateway.answer(request).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return gateway;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  add(url: string, secret = mintSecret()): Endpoint {
    const endpoint = { id: `endpoint-${this.endpoints.length + 1}`, url, secret };
    this.endpoints.unshift(endpoint);
    return endpoint;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const { pathname, searchParams } = new URL(request.url!, this.url);
    this.calls.push(`${request.method} ${pathname}`);
    this.keys.add(request.headers.authorization);
    if (this.failure !== null) return { status: this.failure, body: { detail: 'not now' } };
    if (request.method === 'POST') {
      const wanted = (await json(request)) as (typeof this.created)[number];
      this.created.push(wanted);
      return { status: 201, body: this.add(wanted.url) };
    }
    if (pathname === '/v1/webhook-endpoints') {
      const from = Number(searchParams.get('cursor') ?? 0);
      const data = this.endpoints.slice(from, from + 2).map(({ id, url }) => ({ id, url }));
      return { status: 200, body: { data, nextCursor: from + 2 < this.endpoints.length ? String(from + 2) : null } };
    }
    const found = this.endpoints.find(({ id }) => pathname === `/v1/webhook-endpoints/${id}/secret`);
    if (found === undefined) return { status: 404, body: { detail: 'no such endpoint' } };
    return { status: 200, body: { secret: found.secret } };
  }
}
