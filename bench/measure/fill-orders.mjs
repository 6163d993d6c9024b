import pg from 'pg';
import { vacuumAll } from './vacuum.mjs';

/** Rows in one statement, about. */
const PART = 50_000;
const HOUR_MS = 3_600_000;
/** Ids of ours with or without dashes, tracking numbers, and the addresses of customers. */
const IDS = /[0-9a-f]{8}(-?)[0-9a-f]{4}\1[47][0-9a-f]{3}\1[0-9a-f]{4}\1[0-9a-f]{12}|SE\d{12}|customer-\d+(?=@)/g;
/** What each service forgets after a time. */
const forgotten = new Set([
  ...['gateway.inbox', 'order.inbox', 'inventory.inbox', 'payment.inbox', 'crm.inbox', 'email.inbox', 'shipping.inbox'],
  ...['gateway.idempotency_keys', 'gateway.inbound_webhooks', 'gateway.inbound_ids', 'gateway.webhook_messages'],
  ...['gateway.webhook_deliveries', 'gateway.webhook_attempts'],
  ...['sandbox.idempotency_keys', 'sandbox.partner_receipts', 'sandbox.webhooks'],
]);

/**
 * Orders of the past. Whatever rows a few real orders left in the databases, in whatever tables, is written again and
 * again with other ids, customers and times: the services' own shape, however it changes.
 *
 * @param {Record<string, string>} databases URL of every service's, which is at rest
 * @param {{ most: number, recent: number }} limits orders that will be filled at most; the youngest of them, of which
 *   everything is still there that services forget
 */
export async function openPast(databases, { most, recent }) {
  const clients = {};
  for (const [service, connectionString] of Object.entries(databases)) {
    clients[service] = new pg.Client({ connectionString });
    await clients[service].connect();
  }
  const before = await readAll(clients);
  let models;
  let rounds = 0;
  let orders = 0;

  return {
    /** Takes what was written since for the model: so many orders, and nothing else. */
    async learn(count) {
      orders = count;
      models = await readModels(clients, before, count);
    },

    /** @param {number} count orders that are stored then, of those that this filled */
    async fillTo(count, log) {
      const to = Math.round(count / orders);
      for (const { name, service, statement, rows } of models) {
        const last = forgotten.has(name) ? Math.min(to, Math.round(recent / orders)) : to;
        const step = Math.ceil(PART / rows);
        // Each round is older than the one before: what is written at once is written in the order of time.
        for (let oldest = last; oldest > rounds; oldest -= step) {
          const youngest = Math.max(rounds + 1, oldest - step + 1);
          await clients[service].query(statement(Math.round(most / orders)), [oldest, youngest]);
        }
        if (last > rounds) log(`${name}: ${(last - rounds) * rows} rows`);
      }
      await vacuumAll(databases);
      rounds = to;
    },

    /** The databases as they would be without the past: URLs under which its rows are not seen. */
    async withoutPast() {
      const entries = [];
      for (const [service, url] of Object.entries(databases)) {
        await clients[service].query('DROP SCHEMA IF EXISTS present CASCADE; CREATE SCHEMA present');
        for (const { service: of, table, since } of models) {
          if (of !== service || since === undefined) continue;
          await clients[service].query(
            `CREATE VIEW present.${table} AS SELECT * FROM public.${table} WHERE ${since.column} >= '${since.time}'`,
          );
        }
        entries.push([service, `${url}?options=${encodeURIComponent('-c search_path=present,public')}`]);
      }
      return Object.fromEntries(entries);
    },

    close: () => Promise.all(Object.values(clients).map((client) => client.end())),
  };
}

/** Every row of every table, as text: there are few yet. */
async function readAll(clients) {
  const all = {};
  for (const [service, client] of Object.entries(clients)) {
    const { rows: tables } = await client.query(
      `SELECT relname AS table FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
    );
    for (const { table } of tables) {
      const { rows } = await client.query(`SELECT row::text AS text FROM ${table} AS row`);
      all[`${service}.${table}`] = new Set(rows.map(({ text }) => text));
    }
  }
  return all;
}

/** A table belongs to the orders if every one of them left a row there. */
async function readModels(clients, before, orders) {
  const after = await readAll(clients);
  const names = [];
  // Endpoints, keys: what was there before, and what is not an order's.
  const fixed = new Set();
  for (const [name, rows] of Object.entries(after)) {
    const isModel = rows.difference(before[name]).size >= orders;
    for (const text of isModel ? before[name] : rows) for (const [id] of text.matchAll(IDS)) fixed.add(id);
    if (isModel) names.push(name);
  }
  const models = [];
  for (const name of names) models.push(await readModel(clients, name, { fixed, known: before[name] }));
  return models;
}

async function readModel(clients, name, { fixed, known }) {
  const [service, table] = name.split('.');
  const client = clients[service];
  // A transaction's id is its own.
  const { rows: columns } = await client.query(
    `SELECT quote_ident(attname) AS name, format_type(atttypid, NULL) AS type, attnotnull AS sure FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND atttypid <> 'xid8'::regtype
     ORDER BY attnum`,
    [table],
  );
  const asText = ({ name: column, type }) =>
    type === 'bytea'
      ? `CASE WHEN length(${column}) > 32 THEN convert_from(${column}, 'UTF8') ELSE '\\x' || encode(${column}, 'hex') END`
      : `${column}::text`;
  const { rows: all } = await client.query({
    text: `SELECT row::text, ${columns.map(asText).join(', ')} FROM ${table} AS row`,
    rowMode: 'array',
  });
  const rows = all.filter(([text]) => !known.has(text)).map((row) => row.slice(1));
  const selects = rows.map(
    (row) =>
      `SELECT ${row.map((value, index) => expressionOf(value, columns[index].type, fixed)).join(', ')} FROM round`,
  );
  const time = columns.findIndex(({ type, sure }) => sure && type === 'timestamp with time zone');
  const since = time < 0 ? undefined : rows.map((row) => row[time]).sort()[0];
  return {
    name,
    service,
    table,
    rows: rows.length,
    since: since && { column: columns[time].name, time: since },
    // The first round is an hour old, the last a day: there is time for no service to forget any.
    statement: (rounds) => `
      WITH round AS MATERIALIZED (
        SELECT round, lpad(to_hex(round), 6, '0') AS mark, ms, ms * interval '1 millisecond' AS ago
        FROM (SELECT round, ${HOUR_MS} + round * ${Math.floor((22 * HOUR_MS) / rounds)}::bigint AS ms
              FROM generate_series($1::int, $2::int, -1) AS round) AS age
      )
      INSERT INTO ${table} (${columns.map(({ name: column }) => column).join(', ')})
      ${selects.join('\nUNION ALL ')}`,
  };
}

/** The value of a column in a round, in SQL. */
function expressionOf(value, type, fixed) {
  if (value === null) return `NULL::${type}`;
  if (type === 'timestamp with time zone') return `${literal(value)}::timestamptz - ago`;
  const parts = [];
  let end = 0;
  for (const { 0: id, 1: dash = '', index } of value.matchAll(IDS)) {
    if (fixed.has(id)) continue;
    parts.push(literal(value.slice(end, index)), idOfRound(id, dash));
    end = index + id.length;
  }
  parts.push(literal(value.slice(end)));
  const text = parts.filter((part) => part !== "''").join(' || ') || "''";
  if (type === 'bytea') return value.startsWith('\\x') ? `${literal(value)}::bytea` : `convert_to(${text}, 'UTF8')`;
  return `(${text})::${type}`;
}

/** Older by as much as the round; what tells ids of one moment apart stays, and the round tells it from its model. */
function idOfRound(id, dash) {
  if (id.startsWith('SE') || id.startsWith('customer-')) return `${literal(`${id}-`)} || round`;
  const digits = id.replaceAll('-', '');
  const join = (...groups) => literal(groups.join(dash));
  const rest = join(digits.slice(12, 16), digits.slice(16, 20), digits.slice(20, 26));
  if (digits[12] !== '7') return `${join(digits.slice(0, 8), digits.slice(8, 12), '')} || ${rest} || mark`;
  const time = `lpad(to_hex(x'${digits.slice(0, 12)}'::bigint - ms), 12, '0')`;
  const moment = dash === '' ? time : `overlay(${time} placing '-' from 9 for 0) || '-'`;
  return `${moment} || ${rest} || mark`;
}

const literal = (text) => pg.escapeLiteral(text);
