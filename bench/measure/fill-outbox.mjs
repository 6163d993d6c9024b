import { orderPlaced } from './facts.mjs';

const PART = 50_000;
/** How many facts each aggregate has. */
const FACTS_EACH = 10;

/**
 * Facts that were committed and could not be published, as `insertOutbox` writes them: ids in the order of time,
 * aggregates side by side.
 *
 * @returns {Promise<Record<string, number>>} how many of each aggregate
 */
export async function fillOutbox(client, count) {
  const [before, after] = JSON.stringify(orderPlaced('ID')).split('ID');
  const aggregates = (
    await client.query(`SELECT gen_random_uuid() AS id FROM generate_series(1, $1::int)`, [count / FACTS_EACH])
  ).rows.map(({ id }) => id);
  for (let sequence = 1; sequence <= FACTS_EACH; sequence += 1) {
    for (let from = 0; from < aggregates.length; from += PART) {
      await client.query(
        `INSERT INTO outbox (id, subject, headers, payload)
         SELECT id, 'shop.order.placed.v1',
           json_build_object('ce-specversion', '1.0', 'ce-id', id, 'ce-source', '/bench', 'ce-type', 'order.placed.v1',
             'ce-subject', aggregate, 'ce-sequence', $2::text, 'ce-time', now(), 'content-type', 'application/json'),
           $3 || aggregate || $4
         FROM (SELECT uuidv7() AS id, aggregate FROM unnest($1::text[]) AS aggregate) AS fact`,
        [aggregates.slice(from, from + PART), String(sequence), before, after],
      );
    }
  }
  await client.query('ANALYZE outbox');
  return Object.fromEntries(aggregates.map((id) => [id, FACTS_EACH]));
}
