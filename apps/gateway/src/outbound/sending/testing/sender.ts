import type { AttemptOutcome, AttemptRequest } from '../attempt.js';
import { EndpointConnection, type EndpointConnectionOptions } from '../endpoint-connection.js';
import type { Receiver } from './receiver.js';

export const listing = (...allowedPrivateHosts: string[]) => ({ allowHttp: true, allowedPrivateHosts });

/** What specs start is stopped here, and one URL is enough to send to. */
export class Sender {
  private readonly connections: EndpointConnection[] = [];
  private readonly receivers: Receiver[] = [];

  async receiver(starting: Promise<Receiver>): Promise<Receiver> {
    const receiver = await starting;
    this.receivers.push(receiver);
    return receiver;
  }

  connectTo(
    url: URL,
    options: Partial<EndpointConnectionOptions> = {},
  ): (more?: Partial<AttemptRequest>, signal?: AbortSignal) => Sent {
    const connection = new EndpointConnection(url, { policy: listing('127.0.0.1'), connections: 4, ...options });
    this.connections.push(connection);
    return (more, signal) => connection.send({ ...request(url), ...more }, signal);
  }

  /** Sends once, over a connection of its own. */
  send(url: URL, options: Partial<EndpointConnectionOptions> & Partial<AttemptRequest> = {}): Sent {
    return this.connectTo(url, options)(options);
  }

  async stop(): Promise<void> {
    await Promise.all(this.connections.splice(0).map((connection) => connection.close()));
    await Promise.all(this.receivers.splice(0).map((receiver) => receiver.stop()));
  }
}

export type Sent = Promise<AttemptOutcome>;

export const request = (url: URL): AttemptRequest => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/json', 'webhook-id': 'message-1' },
  body: '{"type":"order.placed.v1"}',
  timeoutMs: 5_000,
});
