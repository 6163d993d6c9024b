import type { ReactionView } from '@hookshop/contracts';
import { Injectable } from '@nestjs/common';
import type { MsgRequest } from '@nats-io/jetstream';
import type { DeadLetters } from '../dead-letter/dead-letters.js';
import type { BrokerConnection, OpenBroker } from '../jetstream/broker-connection.js';
import { STREAM } from '../jetstream/events-stream.js';
import type { Reactions } from '../reactions/reactions.js';

/** How far the reactions of this service are behind. */
@Injectable()
export class ReactionViews {
  constructor(
    private readonly service: string,
    private readonly reactions: Reactions,
    private readonly broker: BrokerConnection,
    private readonly deadLetters: DeadLetters,
  ) {}

  async list(): Promise<ReactionView[]> {
    const dead = await this.deadLetters.countByReaction();
    const broker = await this.broker.opened;
    return Promise.all(
      this.reactions.all.map(async ({ durable, filter }) => {
        const info = await broker.manager.consumers.info(STREAM, durable);
        const unhandled = info.num_pending + info.num_ack_pending;
        return {
          service: this.service,
          reaction: durable,
          pending: info.num_pending,
          inFlight: info.num_ack_pending,
          redelivered: info.num_redelivered,
          oldestAgeSeconds: unhandled > 0 ? await ageOfNext(broker, info.ack_floor.stream_seq + 1, filter) : null,
          deadLetters: dead.get(durable) ?? 0,
        };
      }),
    );
  }
}

/** Age of the first fact on the subject at or after a place; null when it was handled meanwhile. */
async function ageOfNext({ manager }: OpenBroker, from: number, subject: string): Promise<number | null> {
  // The server knows `next_by_subj` here since 2.9; the client's type lists it for direct reads only.
  const next = { seq: from, next_by_subj: subject } as MsgRequest;
  const message = await manager.streams.getMessage(STREAM, next).catch(() => null);
  return message ? Math.max(0, Math.round((Date.now() - message.time.getTime()) / 1000)) : null;
}
