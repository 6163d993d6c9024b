import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  id: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** What is in the body, read as JSON. */
  content: { type: string; timestamp: string; data: Record<string, unknown> };
  at: number;
}

export type Answer = (response: ServerResponse, received: Received, request: IncomingMessage) => void;

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(code, headers).end();
  };

/** A partner's endpoint over real HTTP, which remembers what came and answers as it is told. */
export class Receiver {
  readonly received: Received[] = [];
  /** How requests are answered; by default all is well. */
  answer: Answer = status(204);
  /** Requests that are not answered yet, and the most there have been at a time. */
  open = 0;
  mostOpen = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new Receiver(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
    server.on('request', (request, response) => receiver.take(request, response));
    return receiver;
  }

  get ids(): string[] {
    return this.received.map(({ id }) => id);
  }

  get types(): string[] {
    return this.received.map(({ content }) => content.type);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    response.once('close', () => (this.open -= 1));
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const received: Received = {
        id: String(request.headers['webhook-id']),
        headers: request.headers,
        body,
        content: JSON.parse(body) as Received['content'],
        at: performance.now(),
      };
      this.received.push(received);
      this.answer(response, received, request);
    });
  }
}
