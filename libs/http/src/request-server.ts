import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { brokerAddress } from '@hookshop/config';
import { continueTrace, type Tracer, withTrace, type CheckResult, type Logger } from '@hookshop/observability';
import {
  AuthorizationError,
  connect,
  type MsgHdrs,
  type NatsConnection,
  PermissionViolationError,
  type Subscription,
} from '@nats-io/transport-node';
import { ServerNats, type NatsContext } from '@nestjs/microservices';
import { atMost } from './at-most.js';

const shortestPauseMs = 250;
const longestPauseMs = 2_000;
const flushDeadlineMs = 2_000;
const lockedOut = 'the broker knows no such user, or another password: correct NATS_URL';
const notPermitted = (subjects: string[]): string =>
  `the broker does not let this service answer ${subjects.join(', ')}. ` +
  'Write its permissions with npm run nats:permissions, and have the broker read them';

/**
 * Answers requests over NATS. Unlike Nest's own server it lets the service start while the broker is away, connects
 * again for as long as it takes, and stops without dropping the requests it has taken.
 */
export class RequestServer extends ServerNats {
  private connection?: NatsConnection;
  private connected = false;
  private requests: Subscription[] = [];
  private readonly stopping = new AbortController();
  private serving: Promise<void> = Promise.resolve();
  private inFlight = 0;
  private lastAnswered?: () => void;
  /** Why the broker lets this service answer nothing, or not everything. */
  private refused?: string;
  /** Requests of recorded traces that are not answered yet. */
  private readonly begun = new WeakMap<object, { traceparent: string; parent?: string; startedAt: number }>();

  constructor(
    private readonly service: string,
    private readonly natsUrl: string,
    private readonly log: Logger,
    private readonly tracer: Tracer,
  ) {
    super({ queue: service });
    this.setOnProcessingStartHook((_transport, context, handle) => {
      this.inFlight++;
      const headers = (context as NatsContext).getHeaders() as MsgHdrs | undefined;
      const parent = headers?.get('traceparent') || undefined;
      const traceparent = continueTrace(parent);
      if (tracer.records(traceparent))
        this.begun.set(context as object, { traceparent, parent, startedAt: tracer.now() });
      return withTrace({ traceparent }, handle);
    });
    this.setOnProcessingEndHook((_transport, context) => {
      this.inFlight--;
      this.traced(context as NatsContext);
      if (this.inFlight === 0) this.lastAnswered?.();
    });
  }

  /** The state of the connection, for readiness. */
  check(): CheckResult {
    if (this.refused !== undefined) return { ok: false, detail: this.refused };
    return this.connected || this.messageHandlers.size === 0 ? { ok: true } : { ok: false, detail: 'not connected' };
  }

  /** Returns at once: the service's own health says whether requests can arrive yet. */
  override async listen(callback: (error?: unknown) => void): Promise<void> {
    if (this.messageHandlers.size > 0) this.serving = this.serve();
    callback();
  }

  override createNatsClient(): Promise<NatsConnection> {
    return connect({
      ...brokerAddress(this.natsUrl),
      name: `${this.service} requests`,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      reconnectJitter: 250,
      timeout: 3_000,
      pingInterval: 10_000,
    });
  }

  override bindEvents(connection: NatsConnection): void {
    this.requests = [...this.messageHandlers].map(([subject, handler]) =>
      connection.subscribe(subject, {
        // Without a queue group every replica would do what one is asked to do.
        queue: (handler.extras?.queue as string | undefined) ?? this.service,
        callback: this.getMessageHandler(subject) as (error: Error | null, message: unknown) => void,
      }),
    );
  }

  override unwrap<T>(): T {
    return this.connection as T;
  }

  /** Takes no more requests and waits until those taken are answered, or the deadline. */
  async drain(deadlineMs: number): Promise<void> {
    this.stopping.abort();
    if (!this.connected) return;
    const taken = Promise.all(this.requests.map((request) => request.drain()));
    await atMost(
      deadlineMs,
      taken.then(() => this.allAnswered()),
    );
    // Nest hands the last answer to the connection one turn after its handler has ended.
    await nextTurn();
  }

  override async close(): Promise<void> {
    this.stopping.abort();
    // Flushes the last answers; a broker that is away has nobody to flush to.
    if (this.connected && this.connection !== undefined) await atMost(flushDeadlineMs, this.connection.flush());
    await this.connection?.close();
    await this.serving;
  }

  private traced(context: NatsContext): void {
    const begun = this.begun.get(context);
    if (begun === undefined) return;
    const subject = context.getSubject();
    const attributes = { 'messaging.system': 'nats', 'messaging.destination.name': subject };
    this.tracer.record({ name: subject, kind: 'server', ...begun, attributes });
  }

  private async allAnswered(): Promise<void> {
    if (this.inFlight > 0) await new Promise<void>((resolve) => (this.lastAnswered = resolve));
  }

  private async serve(): Promise<void> {
    let pauseMs = shortestPauseMs;
    while (!this.stopping.signal.aborted) {
      try {
        const connection = await this.createNatsClient();
        await this.serveOn(connection);
        pauseMs = this.refused === undefined ? shortestPauseMs : longestPauseMs;
      } catch (err) {
        if (err instanceof AuthorizationError) this.refused = lockedOut;
        const level = pauseMs === shortestPauseMs ? 'warn' : 'debug';
        this.log[level]({ err }, 'The broker cannot be reached; trying until it can');
      }
      this.connected = false;
      await wait(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      pauseMs = Math.min(2 * pauseMs, longestPauseMs);
    }
  }

  /** Until the connection is closed, which the client does by itself only where reconnecting makes no sense to it. */
  private async serveOn(connection: NatsConnection): Promise<void> {
    if (this.stopping.signal.aborted) return connection.close();
    this.connection = connection;
    this.bindEvents(connection);
    if (await this.isRefused(connection)) return connection.close();
    this.connected = true;
    this.log.info(`Answering requests on ${this.requests.length} subjects`);
    for await (const status of connection.status()) {
      const { type } = status;
      // What it may not hear any more it would never hear again on this connection.
      if (type === 'error' && isUnheard(status.error)) void connection.close();
      if (type === 'disconnect') this.connected = false;
      if (type === 'reconnect') this.connected = true;
      if (type === 'disconnect' || type === 'reconnect') this.log.warn(`The broker's connection: ${type}`);
    }
    const error = await connection.closed();
    if (error !== undefined) this.log.warn({ err: error }, 'The connection to the broker was closed');
  }

  /** Whether it may not hear all it answers; permission can be given while it asks again. */
  private async isRefused(connection: NatsConnection): Promise<boolean> {
    // The broker answers a ping once it has refused what it refuses.
    await connection.flush();
    const subjects = this.requests.filter((request) => request.isClosed()).map((request) => request.getSubject());
    const refused = subjects.length === 0 ? undefined : notPermitted(subjects);
    // It asks again every few seconds; one line tells it.
    if (refused !== undefined && refused !== this.refused) this.log.error(`The broker refuses: ${refused}`);
    this.refused = refused;
    return refused !== undefined;
  }
}

const isUnheard = (error: Error): boolean =>
  error instanceof PermissionViolationError && error.operation === 'subscription';
