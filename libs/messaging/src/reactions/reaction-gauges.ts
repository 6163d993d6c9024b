import type { ConsumerInfo, StreamInfo } from '@nats-io/jetstream';
import type { Metrics } from '@hookshop/observability';

/** How far the reactions of this service are, for Prometheus. Every instance tells the same. */
export class ReactionGauges {
  private readonly lag;
  private readonly deadLetters;
  private readonly overtaken;
  private readonly fill;

  constructor(metrics: Metrics) {
    this.lag = metrics.gauge({
      name: 'reaction_lag',
      help: 'Facts in the stream that a reaction has not answered yet',
      labelNames: ['reaction'],
    });
    this.deadLetters = metrics.gauge({
      name: 'dead_letters',
      help: 'Facts, and pieces of outside work, that wait for a person',
      labelNames: ['reaction'],
    });
    this.overtaken = metrics.gauge({
      name: 'reactions_overtaken',
      help: 'Reactions that retention has overtaken: facts were dropped before they saw them',
    });
    this.fill = metrics.gauge({
      name: 'events_stream_fill_ratio',
      help: 'Share of its bytes that the stream of facts takes; at 1 producers pause',
    });
  }

  /** Nobody knows how far they are; the last known lag would look like one that does not fall. */
  lostSight(): void {
    this.lag.reset();
    this.fill.reset();
  }

  sawStream({ state, config }: StreamInfo): void {
    if (config.max_bytes > 0) this.fill.set(state.bytes / config.max_bytes);
  }

  sawReaction(reaction: string, { num_pending, num_ack_pending }: ConsumerInfo): void {
    this.lag.set({ reaction }, num_pending + num_ack_pending);
  }

  sawOvertaken(count: number): void {
    this.overtaken.set(count);
  }

  sawDeadLetters(counts: ReadonlyMap<string, number>): void {
    this.deadLetters.reset();
    for (const [reaction, count] of counts) this.deadLetters.set({ reaction }, count);
  }
}
