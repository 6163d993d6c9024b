import { orderRequests, type Page, type PageQuery } from '@hookshop/contracts';
import { Problem } from '@hookshop/http';
import { Requests } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';

/** A fact in the story of an order. */
export interface TimelineEntry {
  id: string;
  type: string;
  source: string;
  time: string;
  data: unknown;
}

interface TimelineRow extends Omit<TimelineEntry, 'time'> {
  time: Date;
}

/** What happened to an order, as the stream tells it. */
@Injectable()
export class Timelines {
  constructor(
    private readonly database: Database,
    private readonly requests: Requests,
  ) {}

  /** In the order of the stream, oldest first; the cursor is the last id seen. */
  async of(orderId: string, { limit, cursor }: PageQuery): Promise<Page<TimelineEntry>> {
    const rows = await this.database.query<TimelineRow>(
      `SELECT event_id AS id, type, source, time, data FROM timeline
       WHERE order_id = $1 AND ($2::uuid IS NULL OR (stream_sequence, event_id) >
         (SELECT stream_sequence, event_id FROM timeline WHERE event_id = $2 AND order_id = $1))
       ORDER BY stream_sequence, event_id LIMIT $3 + 1`,
      [orderId, cursor ?? null, limit],
    );
    if (rows.length === 0) await this.explainEmptiness(orderId, cursor);
    const data = rows.slice(0, limit).map(({ time, ...row }) => ({ ...row, time: time.toISOString() }));
    return { data, nextCursor: rows.length > limit ? data.at(-1)!.id : null };
  }

  /** @throws Problem when there is no such order, or no such place in its timeline */
  private async explainEmptiness(orderId: string, cursor: string | undefined): Promise<void> {
    if (cursor !== undefined) {
      const [place] = await this.database.query(`SELECT FROM timeline WHERE event_id = $1 AND order_id = $2`, [
        cursor,
        orderId,
      ]);
      if (place === undefined) {
        const message = 'must be the nextCursor of a page of this timeline';
        throw new Problem(400, 'The request is not valid.', { errors: [{ path: 'cursor', message }] });
      }
      return;
    }
    // An order that was placed a moment ago has no facts here yet; one that was never placed does not exist.
    await this.requests.ask(orderRequests.show, { id: orderId });
  }
}
