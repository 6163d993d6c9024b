import { brokerAddress } from '@hookshop/config';
import { type CheckResult, Logger } from '@hookshop/observability';
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, nuid, type NatsConnection } from '@nats-io/transport-node';
import { ensureStream, type StreamOptions } from './events-stream.js';
import { Refusals } from './refusals.js';

/** Facts may be this large; a broker that takes less would refuse one only when it comes. */
export const MAX_PAYLOAD_BYTES = 4 * 1024 * 1024;

/** Replies to a service arrive below a prefix of its own, which the broker lets nobody else listen to. */
export const inboxPrefixOf = (service: string): string => `_INBOX_${service}`;

const STREAM_PAUSE_MS = 500;
const CONNECT_PAUSE_MS = 500;

export interface OpenBroker {
  connection: NatsConnection;
  jetstream: JetStreamClient;
  manager: JetStreamManager;
}

/**
 * The process's connection to NATS. It is opened in the background and never given up: a broker that is away, also at
 * boot, is a pause.
 */
export class BrokerConnection {
  /** Resolves when the broker was reached for the first time and the stream is there. */
  readonly opened: Promise<OpenBroker>;
  private open?: OpenBroker;
  private connected = false;
  private closing = false;
  private announceClose!: (reason: Error) => void;
  /** Never resolves; rejects when the process stops, also when the broker was never reached. */
  private readonly closed = new Promise<never>((_resolve, reject) => (this.announceClose = reject));
  private readonly whenBackCallbacks: (() => void)[] = [];
  private readonly refusals = new Refusals();

  /**
   * @param natsUrl `nats://user:password@host:4222`, several comma-separated
   * @param service shown in the broker's list of connections, and where replies to it arrive
   */
  constructor(
    natsUrl: string,
    private readonly service: string,
    private readonly log: Logger,
    private readonly stream: StreamOptions = {},
  ) {
    this.opened = Promise.race([this.connect(natsUrl), this.closed]);
    // Who waits for it sees the error; nobody waiting must not end the process.
    this.opened.catch(() => undefined);
  }

  /** The open connection, or undefined while the broker is away. */
  get current(): OpenBroker | undefined {
    return this.connected ? this.open : undefined;
  }

  /** Called each time the broker is reached again. */
  whenBack(callback: () => void): void {
    this.whenBackCallbacks.push(callback);
  }

  async check(): Promise<CheckResult> {
    const broker = this.current;
    const refused = this.refusals.detail;
    if (refused !== undefined) return { ok: false, detail: refused };
    if (!broker) return { ok: false, detail: 'the broker cannot be reached' };
    const allowed = broker.connection.info?.max_payload ?? 0;
    if (allowed < MAX_PAYLOAD_BYTES) {
      return {
        ok: false,
        detail: `the broker takes ${allowed} bytes a message; set max_payload to ${MAX_PAYLOAD_BYTES}`,
      };
    }
    await broker.manager.getAccountInfo();
    return { ok: true };
  }

  /**
   * Where one answer to a request is waited for. It ends with what is asked: the broker lets nobody publish there but
   * the service that answers that.
   */
  replySubject(asked: string): string {
    return `${inboxPrefixOf(this.service)}.replies.${nuid.next()}.${asked}`;
  }

  /** What was refused before is not any more. */
  hasPublished(subject: string): void {
    this.refusals.hasPublished(subject);
  }

  /** Whoever waits for a broker that was never reached need not wait any longer: the process stops. */
  stopWaiting(): void {
    this.announceClose(new Error('The process is stopping'));
  }

  async close(): Promise<void> {
    this.closing = true;
    this.connected = false;
    this.stopWaiting();
    await this.open?.connection.close();
  }

  private async connect(natsUrl: string): Promise<OpenBroker> {
    const connection = await this.reach(natsUrl);
    if (this.closing) {
      await connection.close();
      throw new Error('The process is stopping');
    }
    this.open = {
      connection,
      jetstream: jetstream(connection),
      manager: await jetstreamManager(connection, { checkAPI: false }),
    };
    this.connected = true;
    void this.follow(connection);
    await this.streamAnswers(this.open);
    return this.open;
  }

  /** Tries until it is there; the library's own way of waiting for a first connection cannot be ended. */
  private async reach(natsUrl: string): Promise<NatsConnection> {
    for (;;) {
      try {
        const connection = await connect({
          ...brokerAddress(natsUrl),
          name: this.service,
          inboxPrefix: inboxPrefixOf(this.service),
          maxReconnectAttempts: -1,
          // A password that is wrong may be made right: at the broker, while this process runs.
          ignoreAuthErrorAbort: true,
          reconnectTimeWait: 250,
          reconnectJitter: 250,
          pingInterval: 5_000,
          maxPingOut: 2,
          // A stack captured for every request costs more than the request.
          noAsyncTraces: true,
        });
        this.refusals.letIn();
        return connection;
      } catch (error) {
        if (this.closing) throw error;
        this.tellRefused(error as Error);
        await new Promise((resolve) => setTimeout(resolve, CONNECT_PAUSE_MS).unref());
      }
    }
  }

  /** A broker that has just started may take connections before JetStream does. */
  private async streamAnswers({ manager }: OpenBroker): Promise<void> {
    while (!this.closing) {
      try {
        return await ensureStream(manager, this.stream);
      } catch (error) {
        this.log.warn({ err: error }, 'The stream cannot be opened yet');
        await new Promise((resolve) => setTimeout(resolve, STREAM_PAUSE_MS));
      }
    }
  }

  /** Creates the stream again when it is gone: a broker that lost its disk must not stop the shop. */
  async restoreStream(): Promise<void> {
    if (this.current) await ensureStream(this.current.manager, this.stream);
  }

  private async follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      const { type } = status;
      if (type === 'error') this.tellRefused(status.error);
      if (type === 'disconnect') {
        this.connected = false;
        if (!this.closing) this.log.warn('The broker is away; facts wait in the outbox');
      }
      if (type === 'reconnect') {
        this.connected = true;
        this.refusals.letIn();
        this.log.info('The broker is back');
        for (const callback of this.whenBackCallbacks) callback();
      }
    }
  }

  /** The broker tells of what it refuses beside its answers, also where nobody waits for one. */
  private tellRefused(error: Error): void {
    if (this.refusals.note(error)) this.log.error({ err: error }, `The broker refuses: ${this.refusals.detail}`);
  }
}
