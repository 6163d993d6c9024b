import type { ReactionView } from '@hookshop/contracts';
import { Injectable } from '@nestjs/common';
import type { DeadLetters } from '../dead-letter/dead-letters.js';
import type { BrokerConnection } from '../jetstream/broker-connection.js';
import { STREAM } from '../jetstream/events-stream.js';
import { lookAhead } from '../jetstream/look-ahead.js';
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
          oldestAgeSeconds:
            unhandled > 0
              ? ageOf(await lookAhead(broker, { durable, filter, from: info.ack_floor.stream_seq + 1 }))
              : null,
          deadLetters: dead.get(durable) ?? 0,
        };
      }),
    );
  }
}

const ageOf = (time: Date | null): number | null =>
  time && Math.max(0, Math.round((Date.now() - time.getTime()) / 1000));
