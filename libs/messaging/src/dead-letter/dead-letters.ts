import type { DeadLetterView, ListDeadLetters, Page } from '@hookshop/contracts';
import { Injectable } from '@nestjs/common';
import { Database } from '@hookshop/persistence';
import type { Fact } from '../fact.js';

interface DeadLetterRow {
  id: string;
  reaction: string;
  fact: Fact<unknown>;
  reason: string;
  error: string;
  attempts: DeadLetterView['attempts'];
  dead_at: Date;
}

const COLUMNS = 'id, reaction, fact, reason, error, attempts, dead_at';

/** The facts this service could not handle, as an operator sees them. */
@Injectable()
export class DeadLetters {
  constructor(
    private readonly database: Database,
    private readonly service: string,
  ) {}

  /** Newest first; the cursor is the last id seen. */
  async list({ limit, cursor, reaction }: ListDeadLetters): Promise<Page<DeadLetterView>> {
    const rows = await this.database.query<DeadLetterRow>(
      `SELECT ${COLUMNS} FROM dead_letters
       WHERE ($1::text IS NULL OR reaction = $1) AND ($2::uuid IS NULL OR id < $2)
       ORDER BY id DESC LIMIT $3 + 1`,
      [this.durable(reaction), cursor ?? null, limit],
    );
    const data = rows.slice(0, limit).map((row) => this.view(row));
    return { data, nextCursor: rows.length > limit ? data.at(-1)!.id : null };
  }

  async find(id: string): Promise<DeadLetterView | undefined> {
    const [row] = await this.database.query<DeadLetterRow>(`SELECT ${COLUMNS} FROM dead_letters WHERE id = $1`, [id]);
    return row && this.view(row);
  }

  /** Asks for another try of one dead letter, or of all (of a reaction). Returns how many will be tried. */
  async requestRedrive({ id, reaction }: { id?: string; reaction?: string }): Promise<number> {
    const rows = await this.database.query(
      `UPDATE dead_letters SET redrive_requested_at = now()
       WHERE ($1::uuid IS NULL OR id = $1) AND ($2::text IS NULL OR reaction = $2)
       RETURNING id`,
      [id ?? null, this.durable(reaction)],
    );
    return rows.length;
  }

  /** Gives a fact up for this reaction. Its event stays marked as decided, so a copy of it changes nothing either. */
  async discard(id: string): Promise<number> {
    const rows = await this.database.query(`DELETE FROM dead_letters WHERE id = $1 RETURNING id`, [id]);
    return rows.length;
  }

  async countByReaction(): Promise<Map<string, number>> {
    const rows = await this.database.query<{ reaction: string; count: number }>(
      `SELECT reaction, count(*)::int AS count FROM dead_letters GROUP BY reaction`,
    );
    return new Map(rows.map(({ reaction, count }) => [reaction, count]));
  }

  /** Operators may name a reaction with or without its service. */
  private durable(reaction: string | undefined): string | null {
    if (reaction === undefined) return null;
    return reaction.startsWith(`${this.service}-`) ? reaction : `${this.service}-${reaction}`;
  }

  private view({ id, reaction, fact, reason, error, attempts, dead_at }: DeadLetterRow): DeadLetterView {
    return {
      id,
      service: this.service,
      reaction,
      event: { id: fact.id, type: fact.type, subject: fact.subject, time: fact.time, data: fact.data },
      reason,
      error,
      attempts,
      deadAt: dead_at.toISOString(),
    };
  }
}
