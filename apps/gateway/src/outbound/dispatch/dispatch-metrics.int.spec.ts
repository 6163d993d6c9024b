import { jest } from '@jest/globals';
import { Metrics } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { BooksUnderTest } from '../deliveries/testing/books-under-test.js';
import { DispatchMetrics } from './dispatch-metrics.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('the metrics of endpoints', () => {
  let books: BooksUnderTest;
  let metrics: Metrics;
  let sampled: DispatchMetrics;

  beforeAll(async () => {
    books = await BooksUnderTest.open();
  });
  beforeEach(async () => {
    await query('UPDATE webhook_endpoints SET deleted_at = now() WHERE deleted_at IS NULL');
    metrics = new Metrics();
    sampled = new DispatchMetrics(metrics, books.shop.gateway.app.get(Database), () => []);
  });
  afterAll(() => books.close());

  const query = (sql: string, values: unknown[] = []) => books.shop.database.query(sql, values);
  const valuesOf = async (name: string): Promise<Record<string, number>> => {
    await sampled.sample();
    const { values } = await metrics.registry.getSingleMetric(name)!.get();
    return Object.fromEntries(
      values.map(({ labels, value }) => [Object.values(labels).filter(Boolean).join(' '), value]),
    );
  };
  /** With the lane as it is given, which no dispatcher has or may take. */
  async function endpoint(lane = 'failing_since = NULL', settings: Parameters<BooksUnderTest['endpoint']>[0] = {}) {
    const id = await books.endpoint(settings);
    await books.lease(id);
    await query('UPDATE webhook_lanes SET paused_until = NULL WHERE endpoint_id = $1', [id]);
    await query(`UPDATE webhook_lanes SET ${lane} WHERE endpoint_id = $1`, [id]);
    return id;
  }
  async function due(id: string, ago: string, queued = 'paced = false'): Promise<void> {
    const delivery = await books.owed(id, { status: 'pending' });
    await query(`UPDATE webhook_queue SET due_at = now() - $2::interval, ${queued} WHERE delivery_id = $1`, [
      delivery,
      ago,
    ]);
  }

  it('count them by status, and by why they are disabled', async () => {
    const disabled = ['manual', 'gone', 'failing', 'failing'] as const;
    await endpoint();
    await endpoint(undefined, { status: 'unverified' });
    for (const disabledReason of disabled) await endpoint(undefined, { status: 'disabled', disabledReason });

    expect(await valuesOf('webhook_endpoints')).toEqual({
      enabled: 1,
      unverified: 1,
      'disabled manual': 1,
      'disabled gone': 1,
      'disabled failing': 2,
    });
  });

  it('count the circuits of those that are enabled, and tell of a state in which none is any more', async () => {
    await endpoint();
    const id = await endpoint(`circuit = 'open'`);
    await endpoint(`circuit = 'probing'`);
    await endpoint(`circuit = 'open'`, { status: 'disabled', disabledReason: 'failing' });

    expect(await valuesOf('webhook_circuits')).toEqual({ closed: 1, open: 1, probing: 1 });
    await query(`UPDATE webhook_lanes SET circuit = 'closed' WHERE endpoint_id = $1`, [id]);
    expect(await valuesOf('webhook_circuits')).toEqual({ closed: 2, open: 0, probing: 1 });
  });

  it('tell for how long a delivery is due that could go out, whoever has its lane', async () => {
    expect(await valuesOf('webhook_delay_seconds')).toEqual({ '': 0 });
    await due(await endpoint(), '-5 minutes');
    expect(await valuesOf('webhook_delay_seconds')).toEqual({ '': 0 });

    await due(await endpoint(), '2 minutes');
    const id = await endpoint();
    await due(id, '10 minutes');
    await due(id, '3 minutes');
    const { '': seconds } = await valuesOf('webhook_delay_seconds');
    expect(seconds).toBeGreaterThanOrEqual(600);
    expect(seconds).toBeLessThan(700);
  });

  it('take nothing for late that has to wait', async () => {
    await due(await endpoint(`circuit = 'open'`), '1 hour');
    await due(await endpoint(`paused_until = now() + interval '1 minute'`), '1 hour');
    await due(await endpoint('recovering = true'), '1 hour');
    await due(await endpoint(undefined, { maxPerSecond: 1 }), '1 hour');
    await due(await endpoint(undefined, { status: 'disabled', disabledReason: 'manual' }), '1 hour');
    await due(await endpoint(), '1 hour', 'paced = true');
    await due(await endpoint(undefined, { ordering: 'per-key' }), '1 hour', `ordering_key = 'o-1'`);

    expect(await valuesOf('webhook_delay_seconds')).toEqual({ '': 0 });
  });
});
