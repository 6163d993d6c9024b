import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** The services whose step of an order is one transaction, whatever they are called. */
const STEPS = 6;

const schema = `
  DROP SCHEMA IF EXISTS floor CASCADE;
  CREATE SCHEMA floor;
  ${Array.from(
    { length: STEPS },
    (_, step) => `
    CREATE TABLE floor.state_${step} (id uuid PRIMARY KEY, data text NOT NULL);
    CREATE TABLE floor.inbox_${step} (reaction text, event_id uuid, received_at timestamptz DEFAULT now(), PRIMARY KEY (reaction, event_id));
    CREATE TABLE floor.outbox_${step} (id uuid PRIMARY KEY, payload text NOT NULL);`,
  ).join('')}`;

const payload = `repeat('x', 400)`;

/** An order's rows as six services write them, one transaction each. */
const statements = Array.from({ length: STEPS }, (_, step) => [
  'BEGIN',
  `INSERT INTO floor.inbox_${step} (reaction, event_id) VALUES ('react', gen_random_uuid())`,
  `INSERT INTO floor.state_${step} VALUES (gen_random_uuid(), ${payload})`,
  `INSERT INTO floor.outbox_${step} VALUES (gen_random_uuid(), ${payload})`,
  'COMMIT',
]);

/**
 * What this PostgreSQL does at most when every step of an order commits by itself: the same rows, no services.
 *
 * @param {string} url a database on the shop's own server
 * @returns {Promise<{ ordersPerSecond: number, by: string }>}
 */
export async function measureFloor(url, { clients, seconds }) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(schema);
  try {
    return withPgbench(url, { clients, seconds }) ?? (await withBareClient(url, { clients, seconds }));
  } finally {
    await client.query('DROP SCHEMA floor CASCADE');
    await client.end();
  }
}

function withPgbench(url, { clients, seconds }) {
  const folder = mkdtempSync(join(tmpdir(), 'floor-'));
  const script = join(folder, 'order.sql');
  writeFileSync(
    script,
    statements
      .flat()
      .map((statement) => `${statement};`)
      .join('\n'),
  );
  const options = ['-n', '-M', 'prepared', '-c', String(clients), '-j', '2', '-T', String(seconds), '-f', script, url];
  const { status, stdout, error } = spawnSync('pgbench', options, { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  if (error || status !== 0) return undefined;
  const [, tps] = /tps = ([\d.]+)/.exec(stdout) ?? [];
  return tps && { ordersPerSecond: Math.round(Number(tps)), by: `pgbench, ${clients} clients` };
}

async function withBareClient(url, { clients, seconds }) {
  const until = performance.now() + seconds * 1000;
  let orders = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new pg.Client({ connectionString: url, pipeline: true });
      await client.connect();
      while (performance.now() < until) {
        for (const step of statements) await Promise.all(step.map((text) => client.query({ name: text, text })));
        orders += 1;
      }
      await client.end();
    }),
  );
  return {
    ordersPerSecond: Math.round(orders / seconds),
    by: `a bare pg client, ${clients} connections (no pgbench here)`,
  };
}
