import type { CheckResult, Logger, Metrics } from '@hookshop/observability';
import type { Database } from '@hookshop/persistence';
import type { DeadLetters } from '../dead-letter/dead-letters.js';
import type { BrokerConnection, OpenBroker } from '../jetstream/broker-connection.js';
import { findDurable, isAhead, STREAM } from '../jetstream/events-stream.js';
import { Periodic } from '../periodic.js';
import { ReactionGauges } from './reaction-gauges.js';
import type { Reactions } from './reactions.js';

const PAUSE_MS = 10_000;

/**
 * Notices when the stream's retention has passed a reaction's place: facts were dropped before it saw them.
 *
 * The broker's acknowledgement floor alone cannot tell, because it stands still while no matching fact comes. So the
 * place up to which a reaction was level is kept in the database, and a loss stays recorded until a person has
 * rebuilt what was missed and deletes the row.
 */
export class ReactionPlaces {
  private readonly periodic: Periodic;
  private readonly gauges: ReactionGauges;
  private overtaken: { reaction: string; detail: string }[] = [];

  constructor(
    private readonly reactions: Reactions,
    private readonly broker: BrokerConnection,
    private readonly database: Database,
    private readonly deadLetters: DeadLetters,
    private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.gauges = new ReactionGauges(metrics);
    this.periodic = new Periodic('The look at the places of reactions', PAUSE_MS, () => this.look(), log);
  }

  start(): void {
    this.periodic.start();
  }

  stop(): Promise<void> {
    return this.periodic.stop();
  }

  check(): Promise<CheckResult> {
    const detail = this.overtaken.map(({ reaction, detail }) => `${reaction}: ${detail}`).join('; ');
    return Promise.resolve(this.overtaken.length === 0 ? { ok: true } : { ok: false, detail });
  }

  async look(): Promise<void> {
    this.gauges.sawDeadLetters(await this.deadLetters.countByReaction());
    const broker = this.broker.current;
    if (!broker) return this.gauges.lostSight();
    for (const { durable } of this.reactions.all) {
      // The stream is read first: what arrives in between is pending and only makes the place look older.
      const stream = await broker.manager.streams.info(STREAM);
      const { state } = stream;
      this.gauges.sawStream(stream);
      const consumer = await findDurable(broker.manager, durable);
      // Not created yet: it has no place that could be overtaken.
      if (!consumer) continue;
      this.gauges.sawReaction(durable, consumer);
      if (consumer.delivered.stream_seq > state.last_seq && (await isAhead(broker.manager, consumer))) {
        await this.giveUpPlace(broker, durable);
        continue;
      }
      const floor = consumer.ack_floor.stream_seq;
      const level = consumer.num_pending === 0 && consumer.num_ack_pending === 0;
      await this.remember(durable, level ? Math.max(floor, state.last_seq) : floor, state.first_seq);
    }
    this.overtaken = await this.database.query<{ reaction: string; detail: string }>(
      `SELECT reaction, detail FROM reaction_places WHERE overtaken_at IS NOT NULL ORDER BY reaction`,
    );
    this.gauges.sawOvertaken(this.overtaken.length);
  }

  /**
   * The place before this look decides: the broker moves a reaction's floor past what it drops, so being level now
   * says nothing about what was dropped on the way. Whoever moves the place notes the loss in the same statement: once
   * it has moved, nobody could tell any more.
   */
  private async remember(reaction: string, place: number, first: number): Promise<void> {
    const [row] = await this.database.query<{ level: number; isNews: boolean }>(
      `INSERT INTO reaction_places AS known (reaction, level_at) VALUES ($1, $2)
       ON CONFLICT (reaction) DO UPDATE SET
         level_at = greatest(known.level_at, excluded.level_at),
         (overtaken_at, detail) = (
           SELECT coalesce(known.overtaken_at, now()),
                  coalesce(known.detail, format(
                    'facts %s to %s were dropped before it saw them; rebuild what it missed, '
                    'then DELETE FROM reaction_places WHERE reaction = %L', known.level_at + 1, $3::bigint - 1, known.reaction))
           WHERE known.overtaken_at IS NOT NULL OR known.level_at + 1 < $3::bigint
         )
       RETURNING old.level_at AS level, known.overtaken_at IS DISTINCT FROM old.overtaken_at AS "isNews"`,
      [reaction, place, first],
    );
    const { level, isNews } = row!;
    if (isNews) this.log.error({ reaction, level, first }, 'Retention has overtaken a reaction');
  }

  /** Its consumer notices and takes a new place; the inbox drops what it has seen before. */
  private async giveUpPlace({ manager }: OpenBroker, reaction: string): Promise<void> {
    this.log.error({ reaction }, 'The stream is shorter than the place of a reaction, which begins again');
    await this.database.query(`UPDATE reaction_places SET level_at = NULL WHERE reaction = $1`, [reaction]);
    await manager.consumers.delete(STREAM, reaction);
  }
}
