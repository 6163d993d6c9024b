import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { until } from '../../tools/infrastructure/until.mjs';
import { natsAddress } from '../../tools/infrastructure/nats-address.mjs';

const SUBJECT = 'shop.webhook.received.v1';
const REST_MS = 180_000;

/** What the gateway, the stream and every reaction know of the webhooks that came in. */
export async function openBooks({ databases, natsUrl, urls, keys }) {
  const services = await Promise.all(
    Object.entries(databases).map(async ([name, connectionString]) => {
      const client = new pg.Client({ connectionString });
      await client.connect();
      return { name, client };
    }),
  );
  const gateway = services.find(({ name }) => name === 'gateway').client;
  const connection = await connect(natsAddress(natsUrl));
  const one = async (sql, client = gateway) => (await client.query(sql)).rows[0];

  return {
    /** Resolves when every fact is published and every reaction is level; false when that takes minutes. */
    atRest: async () =>
      (await until(async () => (await one('SELECT count(*)::int AS left FROM outbox')).left === 0 && (await level()), {
        timeoutMs: REST_MS,
        everyMs: 20,
      })) ?? false,
    read,
    close: () => Promise.all([...services.map(({ client }) => client.end()), connection.close()]),
  };

  async function level() {
    const answer = await fetch(`${urls.gateway}/v1/consumers`, { headers: { authorization: `Bearer ${keys.admin}` } });
    if (!answer.ok) return false;
    const { data, unavailable } = await answer.json();
    return unavailable.length === 0 && data.every(({ pending, inFlight }) => pending + inFlight === 0);
  }

  async function read() {
    const receipts = await one(`
      SELECT count(*) FILTER (WHERE status = 'received')::int AS received,
             count(*) FILTER (WHERE status = 'duplicate')::int AS duplicate,
             count(*) FILTER (WHERE status = 'rejected')::int AS rejected,
             count(DISTINCT xmin::text)::int AS transactions
      FROM inbound_webhooks`);
    const { ids } = await one('SELECT count(*)::int AS ids FROM inbound_ids');
    const { unmarked } = await one(`
      SELECT count(*)::int AS unmarked FROM inbound_webhooks AS receipt
      WHERE status = 'received' AND NOT EXISTS (
        SELECT FROM inbound_ids AS known
        WHERE known.source = receipt.source AND known.webhook_id = receipt.webhook_id AND receipt_id = receipt.id
      )`);
    const { outbox } = await one('SELECT count(*)::int AS outbox FROM outbox');
    return { ...receipts, ids, unmarked, outbox, facts: await facts(), deadLetters: await deadLetters() };
  }

  async function facts() {
    const question = JSON.stringify({ subjects_filter: SUBJECT });
    const answer = (await connection.request('$JS.API.STREAM.INFO.EVENTS', question, { timeout: 10_000 })).json();
    if (answer.error) throw new Error(`The broker does not describe the stream: ${answer.error.description}`);
    return answer.state.subjects?.[SUBJECT] ?? 0;
  }

  async function deadLetters() {
    let count = 0;
    for (const { client } of services) {
      // A service that does not run has no tables.
      const { exists } = await one(`SELECT to_regclass('dead_letters') IS NOT NULL AS exists`, client);
      if (exists) count += (await one('SELECT count(*)::int AS count FROM dead_letters', client)).count;
    }
    return count;
  }
}

/**
 * What does not hold.
 *
 * @param {object} books of `read`
 * @param {Record<string, number>} answers how often each status was answered since the gateway's first start
 */
export function faultsIn(books, answers) {
  const { received, duplicate, rejected, ids, unmarked, outbox, facts, deadLetters } = books;
  const given = (status) => answers[status] ?? 0;
  return [
    [received === given(202), `${received} receipts of ${given(202)} answers 202`],
    [duplicate === given(200), `${duplicate} recorded duplicates of ${given(200)} answers 200`],
    // Only so many a minute are recorded.
    [rejected <= given(401), `${rejected} recorded refusals of ${given(401)} answers 401`],
    [ids === received && unmarked === 0, `${ids} known ids for ${received} receipts, ${unmarked} receipts without one`],
    [facts === received, `${facts} facts in the stream for ${received} receipts`],
    [outbox === 0, `${outbox} facts left in the outbox`],
    [deadLetters === 0, `${deadLetters} dead letters`],
  ].flatMap(([holds, fault]) => (holds ? [] : [fault]));
}
