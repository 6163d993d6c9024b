import pg from 'pg';
import { signedHeaders, stripeEvents } from './stripe-events.mjs';

const schema = `
  DROP SCHEMA IF EXISTS floor CASCADE;
  CREATE SCHEMA floor;
  CREATE TABLE floor.inbound_webhooks (LIKE public.inbound_webhooks INCLUDING ALL);
  CREATE TABLE floor.inbound_ids (LIKE public.inbound_ids INCLUDING ALL);
  CREATE TABLE floor.outbox (LIKE public.outbox INCLUDING ALL);`;

const insertReceipts = `
  WITH incoming AS (
    SELECT uuidv7() AS id, * FROM unnest($1::text[], $2::json[], $3::bytea[]) AS incoming (webhook_id, headers, body)
  ), taken AS (
    INSERT INTO floor.inbound_ids (source, webhook_id, receipt_id) SELECT 'stripe', webhook_id, id FROM incoming
  )
  INSERT INTO floor.inbound_webhooks (id, source, status, webhook_id, address, headers, body, body_size)
  SELECT id, 'stripe', 'received', webhook_id, '127.0.0.1', headers, body, octet_length(body) FROM incoming`;

const insertOutbox = `
  INSERT INTO floor.outbox (id, subject, headers, payload)
  SELECT uuidv7(), 'shop.webhook.received.v1', headers, payload FROM unnest($1::json[], $2::text[]) AS fact (headers, payload)`;

/**
 * What this PostgreSQL stores at most: the rows of a receipt and of its fact, so many in a transaction as the gateway
 * has, one transaction after the other. Nothing is received, verified, published or removed.
 *
 * @param {string} url the gateway's database
 * @param {{ group: number, seconds: number }} options
 * @returns {Promise<{ perSecond: number, group: number }>}
 */
export async function measureInboundFloor(url, { group, seconds }) {
  const client = new pg.Client({ connectionString: url, pipeline: true });
  await client.connect();
  await client.query(schema);
  const eventOf = stripeEvents('floor');
  let stored = 0;
  const began = performance.now();
  while (performance.now() < began + seconds * 1_000) {
    const rows = Array.from({ length: group }, (_, index) => rowOf(stored + index, eventOf(stored + index)));
    const column = (name) => rows.map((row) => row[name]);
    await Promise.all([
      client.query('BEGIN'),
      client.query({
        name: 'receipts',
        text: insertReceipts,
        values: [column('id'), column('headers'), column('body')],
      }),
      client.query({ name: 'outbox', text: insertOutbox, values: [column('envelope'), column('payload')] }),
      client.query('COMMIT'),
    ]);
    stored += group;
  }
  const perSecond = Math.round(stored / ((performance.now() - began) / 1_000));
  await client.query('DROP SCHEMA floor CASCADE');
  await client.end();
  return { perSecond, group };
}

function rowOf(number, body) {
  const id = `evt_${number}`;
  const headers = Object.entries({
    host: '127.0.0.1:3000',
    connection: 'keep-alive',
    ...signedHeaders(body, 'whsec_'),
  });
  const receivedAt = new Date().toISOString();
  return {
    id,
    headers: JSON.stringify(Object.fromEntries(headers.map(([name, value]) => [name, [value]]))),
    body: Buffer.from(body),
    envelope: JSON.stringify({
      'ce-specversion': '1.0',
      'ce-id': '01900000-0000-7000-8000-000000000000',
      'ce-source': '/gateway',
      'ce-type': 'webhook.received.v1',
      'ce-subject': '01900000-0000-7000-8000-000000000000',
      'ce-sequence': '1',
      'ce-time': receivedAt,
      'content-type': 'application/json',
    }),
    payload: JSON.stringify({
      receiptId: '01900000-0000-7000-8000-000000000000',
      source: 'stripe',
      webhookId: id,
      body,
      encoding: 'utf8',
      replaySuspected: false,
      receivedAt,
    }),
  };
}
