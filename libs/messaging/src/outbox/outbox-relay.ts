import { type Logger, type Metrics, type Span, traceIdOf, type Tracer, withoutTrace } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import type { BrokerConnection } from '../jetstream/broker-connection.js';
import { natsHeaders, spansIn, type Envelope } from '../jetstream/envelope.js';
import { isNotPermitted } from '../jetstream/refusals.js';
import { deletePublished } from './delete-published.js';
import { noteRefusal } from './note-refusal.js';
import { setAside } from './set-aside.js';

/** Facts this process may hold in memory; what exceeds it waits in the table for the sweeper. */
const MOST_IN_MEMORY = 4_096;
const MOST_IN_FLIGHT = 512;
const ACK_TIMEOUT_MS = 5_000;
/** Nobody waits for a removal: those of this time share a statement. */
const DELETE_PACE_MS = 20;
const encoder = new TextEncoder();

/**
 * Publishes committed facts, in the order they were handed over, and deletes them once the broker has acknowledged
 * them. What it cannot publish now stays in the table: the sweeper brings it again.
 */
export class OutboxRelay {
  private readonly queue: Envelope[] = [];
  /** With whom to tell when it is over, if anybody waits for it. */
  private readonly held = new Map<string, (() => void) | undefined>();
  private acknowledged: string[] = [];
  private inFlight = 0;
  private deleting?: Promise<void>;
  private readonly idle: (() => void)[] = [];
  private readonly published;

  constructor(
    private readonly broker: BrokerConnection,
    private readonly database: Database,
    private readonly log: Logger,
    metrics: Metrics,
    private readonly tracer: Tracer,
  ) {
    this.published = metrics.counter({
      name: 'outbox_published_total',
      help: 'Facts handed to the broker, by outcome (acknowledged, duplicate, failed, refused, set-aside)',
      labelNames: ['outcome'],
    });
  }

  /** Facts held in memory: queued, in flight or acknowledged and not deleted yet. */
  get size(): number {
    return this.held.size;
  }

  /** Takes facts that are committed in the outbox. Ones it already holds, or has no room for, are left to the sweeper. */
  offer(envelopes: readonly Envelope[]): void {
    if (!this.broker.current) return;
    for (const envelope of envelopes) {
      if (this.held.has(envelope.id) || this.held.size >= MOST_IN_MEMORY) continue;
      this.held.set(envelope.id, undefined);
      this.queue.push(envelope);
    }
    // It publishes for everybody: each fact knows its own trace.
    withoutTrace(() => this.pump());
  }

  /**
   * Takes facts like `offer`, and resolves when each that it holds is published and deleted, or was given up for now:
   * whatever else it is given meanwhile.
   */
  async bring(envelopes: readonly Envelope[]): Promise<void> {
    this.offer(envelopes);
    const over = ({ id }: Envelope) => new Promise<void>((resolve) => this.held.set(id, resolve));
    await Promise.all(envelopes.filter(({ id }) => this.held.has(id)).map(over));
  }

  /** Resolves when everything taken so far is published and deleted, or was given up for now. */
  drained(): Promise<void> {
    if (this.held.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  private pump(): void {
    while (this.inFlight < MOST_IN_FLIGHT && this.queue.length > 0) {
      this.inFlight += 1;
      void this.publish(this.queue.shift()!).finally(() => {
        this.inFlight -= 1;
        this.pump();
      });
    }
  }

  private async publish(envelope: Envelope): Promise<void> {
    try {
      const broker = this.broker.current;
      if (!broker) return this.forget(envelope.id, 'failed');
      const { duplicate } = await broker.jetstream.publish(envelope.subject, encoder.encode(envelope.payload), {
        msgID: envelope.id,
        headers: natsHeaders(envelope.headers),
        timeout: ACK_TIMEOUT_MS,
      });
      this.broker.hasPublished(envelope.subject);
      this.published.inc({ outcome: duplicate ? 'duplicate' : 'acknowledged' });
      if (this.tracer.records(envelope.headers.traceparent)) this.tracer.record(spanOf(envelope));
      this.acknowledged.push(envelope.id);
      this.deleting ??= this.deleteAcknowledged();
    } catch (error) {
      if (isNotPermitted(error)) return this.keepRefused(envelope, error as Error);
      if (!isHopeless(error)) return this.forget(envelope.id, 'failed');
      this.log.error({ err: error, ...about(envelope) }, 'A fact can never be published and is set aside');
      await setAside(this.database, envelope.id, (error as Error).message).catch(() => undefined);
      this.forget(envelope.id, 'set-aside');
    }
  }

  /** Permission can be given: it is not set aside, and the sweeper brings it again. The connection has told the log. */
  private async keepRefused({ id }: Envelope, error: Error): Promise<void> {
    await noteRefusal(this.database, id, error.message).catch(() => undefined);
    this.forget(id, 'refused');
  }

  private async deleteAcknowledged(): Promise<void> {
    while (this.acknowledged.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, DELETE_PACE_MS));
      const ids = this.acknowledged;
      this.acknowledged = [];
      // When the database is away the rows stay, and the sweeper publishes them once more: the copies are dropped.
      await deletePublished(this.database, ids).catch(() => undefined);
      for (const id of ids) this.forget(id);
    }
    this.deleting = undefined;
  }

  private forget(id: string, outcome?: string): void {
    if (outcome) this.published.inc({ outcome });
    const told = this.held.get(id);
    this.held.delete(id);
    told?.();
    if (this.held.size === 0) for (const resolve of this.idle.splice(0)) resolve();
  }
}

const about = ({ id, headers }: Envelope): Record<string, string | undefined> => ({
  eventId: id,
  eventType: headers['ce-type'],
  correlationId: headers['ce-correlationid'],
  traceId: traceIdOf(headers.traceparent),
});

/** From the moment it was stated to the broker's word that it has it: its time in the outbox is part of it. */
const spanOf = ({ id, subject, headers }: Envelope): Span => ({
  name: `publish ${headers['ce-type']}`,
  kind: 'producer',
  traceparent: headers.traceparent!,
  ...spansIn(headers),
  startedAt: Date.parse(headers['ce-time']!),
  attributes: {
    'messaging.system': 'nats',
    'messaging.operation.name': 'publish',
    'messaging.destination.name': subject,
    'messaging.message.id': id,
    ...(headers['ce-correlationid'] && { 'hookshop.correlation_id': headers['ce-correlationid'] }),
  },
});

/** The broker or the client will refuse this message whenever it comes: too large, or not a subject or header at all. */
const isHopeless = (error: unknown): boolean =>
  /max_payload|maximum payload|message size exceeds|MAX_PAYLOAD|invalid subject|illegal subject|invalid header/i.test(
    `${(error as { code?: unknown }).code ?? ''} ${(error as Error).message}`,
  );
