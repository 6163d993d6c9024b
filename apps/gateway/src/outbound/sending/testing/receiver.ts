import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { selfSigned } from './self-signed.js';

/** A partner's server on loopback that notes what reaches it. */
export class Receiver {
  /** Every socket there ever was, in the order they came. */
  readonly sockets: Socket[] = [];

  private constructor(
    readonly server: Server,
    private readonly protocol: string,
  ) {
    server.on('connection', (socket: Socket) => {
      this.sockets.push(socket);
      // Cut connections are what some specs are about.
      socket.on('error', () => undefined);
    });
  }

  static http(answer: RequestListener): Promise<Receiver> {
    return new Receiver(createHttpServer(answer), 'http').listen();
  }

  static https(answer: RequestListener): Promise<Receiver> {
    const server: HttpServer = createHttpsServer(selfSigned, answer);
    // Its clients are meant to turn away.
    server.on('tlsClientError', () => undefined);
    return new Receiver(server, 'https').listen();
  }

  /** What HTTP servers of good manners never do. */
  static raw(onConnection: (socket: Socket) => void, protocol = 'http'): Promise<Receiver> {
    return new Receiver(createServer(onConnection), protocol).listen();
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  url(host = '127.0.0.1', path = '/hooks'): URL {
    return new URL(`${this.protocol}://${host}:${this.port}${path}`);
  }

  async stop(): Promise<void> {
    this.sockets.forEach((socket) => socket.destroy());
    this.server.close();
    await once(this.server, 'close');
  }

  private async listen(): Promise<Receiver> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }
}
