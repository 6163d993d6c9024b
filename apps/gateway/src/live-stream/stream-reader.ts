import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { hasNewerVersion, isUnreadable, readFact } from '@hookshop/messaging';
import type { Consumer, ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { HEARTBEAT, serverSentEvent } from './server-sent-event.js';

const HEARTBEAT_MS = 15_000;
/** How long a client may leave its connection full before it is dropped; it comes back with Last-Event-ID. */
const PATIENCE_MS = 5_000;
/** Facts fetched ahead for a client: all that is ever held for it besides what its connection takes. */
const AHEAD = 64;
/** Waiting no longer than this for facts, the client library notices soon that the broker has forgotten it. */
const FETCH_MS = 5_000;

export interface Wanted {
  orderId?: string;
  type?: string;
}

/** Carries facts from a place in the stream to one client, as fast as the client reads and no faster. */
export class StreamReader {
  constructor(
    private readonly response: ServerResponse,
    private readonly consumer: Consumer,
    private readonly wanted: Wanted,
    /** Place of the last fact that was looked at. */
    private place: number,
  ) {}

  /** The stream has never been as long as this reader has read: it is another one, and its places mean other facts. */
  isBeyond(end: number): boolean {
    return this.place > end;
  }

  /** The client comes back by itself, and is told then what is wrong. */
  end(): void {
    this.response.end();
  }

  /** Ends when the client leaves or is dropped, or when the broker can give no more. */
  async run(): Promise<void> {
    const { response } = this;
    const messages = await this.consumer.consume({ max_messages: AHEAD, expires: FETCH_MS });
    response.once('close', () => messages.stop());
    if (response.closed) messages.stop();
    const heartbeat = setInterval(() => response.write(HEARTBEAT), HEARTBEAT_MS);
    try {
      this.begin();
      await this.carry(messages);
      response.end();
    } catch {
      response.destroy();
    } finally {
      clearInterval(heartbeat);
      messages.stop();
      await this.consumer.delete().catch(() => undefined);
    }
  }

  private begin(): void {
    this.response.setHeader('Content-Type', 'text/event-stream');
    this.response.setHeader('Cache-Control', 'no-store');
    this.response.setHeader('X-Accel-Buffering', 'no');
    this.response.writeHead(200);
    this.response.write('retry: 1000\n\n');
  }

  private async carry(messages: ConsumerMessages): Promise<void> {
    for await (const message of messages) {
      this.place = message.info.streamSequence;
      if (!this.isWanted(message)) continue;
      const fact = readFact(message);
      // What is no fact at all cannot be shown; the dead letters of the reactions tell of it.
      if (isUnreadable(fact)) continue;
      if (!this.response.write(serverSentEvent(fact))) await this.untilThereIsRoom();
    }
  }

  private isWanted(message: JsMsg): boolean {
    const { orderId, type } = this.wanted;
    if (orderId !== undefined && message.headers?.get('ce-correlationid') !== orderId) return false;
    return type !== undefined || !hasNewerVersion(message);
  }

  /** @throws Error when the client does not read for too long, or has left */
  private async untilThereIsRoom(): Promise<void> {
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    this.response.once('close', leave);
    try {
      await once(this.response, 'drain', { signal: AbortSignal.any([gone.signal, AbortSignal.timeout(PATIENCE_MS)]) });
    } finally {
      this.response.off('close', leave);
    }
  }
}
