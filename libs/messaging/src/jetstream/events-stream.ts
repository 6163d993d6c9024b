import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
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
  const existing = await manager.consumers.info(STREAM, options.name).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (!existing) {
    await manager.consumers.add(STREAM, {
      durable_name: options.name,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: options.from === 'now' ? DeliverPolicy.New : DeliverPolicy.All,
      ...settings,
    });
    return;
  }
  const { config } = existing;
  const same = Object.entries(settings).every(([key, value]) => config[key as keyof typeof config] === value);
  if (!same) await manager.consumers.update(STREAM, options.name, { ...config, ...settings });
}
