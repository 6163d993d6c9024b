import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type ConsumerInfo,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';

export const STREAM = 'EVENTS';

export interface StreamOptions {
  /** Copies of the stream: 1 on a single server, 3 in production. */
  replicas?: number;
  /** Days a fact is kept. */
  maxAgeDays?: number;
  /** Bytes the stream may take; a full stream pauses producers. */
  maxBytes?: number;
}

const DAY_IN_MS = 24 * 60 * 60 * 1000;
/** The stream, the consumer or the message does not exist. */
export const isNotFound = (error: unknown): boolean => /not found/i.test(String((error as Error).message));

/** Creates the stream when it is missing; an existing one is the operator's and stays as it is. */
export async function ensureStream(manager: JetStreamManager, options: StreamOptions = {}): Promise<void> {
  try {
    await manager.streams.info(STREAM);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await manager.streams.add({
      name: STREAM,
      subjects: ['shop.>'],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      // A full stream must refuse new facts, which then wait in the outboxes, never drop old ones.
      discard: DiscardPolicy.New,
      num_replicas: options.replicas ?? 1,
      max_age: nanos((options.maxAgeDays ?? 7) * DAY_IN_MS),
      max_bytes: options.maxBytes ?? 4 * 1024 ** 3,
      duplicate_window: nanos(2 * 60 * 1000),
    });
  }
}

export interface DurableOptions {
  /** `<service>-<reaction>` */
  name: string;
  /** One subject, `shop.order.placed.v1` or `shop.>`. */
  filter: string;
  /** Where a first start begins. */
  from: 'beginning' | 'now';
  /** When the reaction first started, if it ever did: a place that was lost begins there again. */
  firstStarted?: Date;
  /** After this time without an answer the broker gives the message to another instance. */
  ackWaitMs: number;
  /** Most messages delivered and not answered yet, over all instances. */
  maxInFlight: number;
}

/** Creates the reaction's place in the stream, or brings it up to date without moving it. */
export async function ensureDurable(manager: JetStreamManager, options: DurableOptions): Promise<void> {
  const settings = {
    filter_subject: options.filter,
    ack_wait: nanos(options.ackWaitMs),
    max_ack_pending: options.maxInFlight,
    // Attempts are counted in the service's own table: the broker cannot tell a failure from a lost connection.
    max_deliver: -1,
  };
  const existing = await findDurable(manager, options.name);
  if (existing && !(await isAhead(manager, existing))) {
    const { config } = existing;
    const same = Object.entries(settings).every(([key, value]) => config[key as keyof typeof config] === value);
    if (!same) await manager.consumers.update(STREAM, options.name, { ...config, ...settings });
    return;
  }
  if (existing) await manager.consumers.delete(STREAM, options.name);
  await manager.consumers.add(STREAM, {
    durable_name: options.name,
    ack_policy: AckPolicy.Explicit,
    ...startOf(options),
    ...settings,
  });
}

/** A mailer that lost its place must get what came since its first start, and nothing from before. */
function startOf({ from, firstStarted }: DurableOptions) {
  if (from === 'beginning') return { deliver_policy: DeliverPolicy.All };
  if (!firstStarted) return { deliver_policy: DeliverPolicy.New };
  return { deliver_policy: DeliverPolicy.StartTime, opt_start_time: firstStarted.toISOString() };
}

/** The reaction's place in the stream, or null when it has none. */
export async function findDurable(manager: JetStreamManager, name: string): Promise<ConsumerInfo | null> {
  try {
    return await manager.consumers.info(STREAM, name);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/**
 * The place lies beyond the end of the stream: the broker came back with an older or another stream, and would skip
 * every new fact until its numbers are reached again.
 */
export async function isAhead(manager: JetStreamManager, { delivered }: ConsumerInfo): Promise<boolean> {
  // Read after the place, so that facts arriving meanwhile only make the stream longer.
  const { state } = await manager.streams.info(STREAM);
  return delivered.stream_seq > state.last_seq;
}
