import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { OpenBroker } from './broker-connection.js';
import { STREAM } from './events-stream.js';

export interface Place {
  /** `<service>-<reaction>` */
  durable: string;
  /** One subject, `shop.order.placed.v1` or `shop.>`. */
  filter: string;
  /** Sequence in the stream. */
  from: number;
}

/** Should this process die between making and deleting it. */
const FORGET_MS = 5_000;
const WAIT_MS = 1_000;
const ATTEMPTS = 5;
const PAUSE_MS = 100;

/** The consumer through which a reaction's next fact is looked at. */
export const lookOf = (durable: string): string => `${durable}-look`;

/** Looks of this process; two at one place would take each other's fact. */
const looking = new Map<string, Promise<unknown>>();

/**
 * When the next fact for a reaction at or after a place was stored; null when there is none any more. It looks through
 * a consumer of its own, since reading the stream by place takes a permission to read every fact.
 *
 * @throws Error when other instances look at the same place all the time
 */
export function lookAhead(broker: OpenBroker, place: Place): Promise<Date | null> {
  const before = looking.get(place.durable) ?? Promise.resolve();
  const look = before.catch(() => undefined).then(() => tryToLook(broker, place));
  looking.set(place.durable, look);
  return look;
}

async function tryToLook(broker: OpenBroker, place: Place): Promise<Date | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await look(broker, place);
    } catch (error) {
      // Another instance has its consumer there, for a moment.
      if (attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

async function look({ manager, jetstream }: OpenBroker, { durable, filter, from }: Place): Promise<Date | null> {
  const info = await manager.consumers.add(STREAM, {
    name: lookOf(durable),
    filter_subject: filter,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from,
    ack_policy: AckPolicy.None,
    headers_only: true,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: nanos(FORGET_MS),
  });
  try {
    if (info.num_pending === 0) return null;
    const message = await jetstream.consumers.getConsumerFromInfo(info).next({ expires: WAIT_MS });
    if (message === null) throw new Error(`Another instance looks at the next fact of ${durable}; ask again`);
    return new Date(message.timestamp);
  } finally {
    await manager.consumers.delete(STREAM, lookOf(durable)).catch(() => undefined);
  }
}
