import type { Fact, Transaction } from '@hookshop/messaging';

/** Adds facts to the timelines of their orders, each once. */
export const insertTimeline = (tx: Transaction, facts: readonly Fact<unknown>[]): Promise<unknown> =>
  tx.query(
    `INSERT INTO timeline (event_id, order_id, stream_sequence, type, source, time, data)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::json[])
     ON CONFLICT DO NOTHING`,
    [
      facts.map(({ id }) => id),
      facts.map(({ correlationId }) => correlationId),
      facts.map(({ streamSequence }) => streamSequence),
      facts.map(({ type }) => type),
      facts.map(({ source }) => source),
      facts.map(({ time }) => time),
      facts.map(({ data }) => JSON.stringify(data)),
    ],
  );
