import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A partner's server that is asked whether it wants webhooks, and answers as it is told. */
export class Challenged {
  readonly challenges: { method: string; headers: IncomingHttpHeaders }[] = [];
  answer: (response: ServerResponse) => void = (response) => allowing('*')(response);

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<Challenged> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const challenged = new Challenged(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
    server.on('request', ({ method, headers }, response) => {
      challenged.challenges.push({ method: method!, headers });
      challenged.answer(response);
    });
    return challenged;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export const allowing =
  (origin: string) =>
  (response: ServerResponse): void => {
    response.writeHead(200, { 'WebHook-Allowed-Origin': origin, 'WebHook-Allowed-Rate': '120' }).end();
  };
