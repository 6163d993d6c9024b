import { Metrics } from './metrics.js';

describe('Metrics', () => {
  it('shows the process and the instruments that were asked for', async () => {
    const metrics = new Metrics();
    metrics.counter({ name: 'orders_placed_total', help: 'Orders placed' }).inc();
    metrics.gauge({ name: 'outbox_rows', help: 'Rows', labelNames: ['service'] }).set({ service: 'order' }, 3);
    metrics.histogram({ name: 'wait_seconds', help: 'Wait', buckets: [1, 2] }).observe(1.5);

    const text = await metrics.registry.metrics();

    expect(text).toContain('orders_placed_total 1');
    expect(text).toContain('outbox_rows{service="order"} 3');
    expect(text).toContain('wait_seconds_bucket{le="2"} 1');
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });

  it('returns the same instrument for the same name', () => {
    const metrics = new Metrics();
    const options = { name: 'orders_placed_total', help: 'Orders placed' };

    expect(metrics.counter(options)).toBe(metrics.counter(options));
  });

  it('refuses a name that another kind of instrument has', () => {
    const metrics = new Metrics();
    metrics.counter({ name: 'orders', help: 'Orders' });

    expect(() => metrics.gauge({ name: 'orders', help: 'Orders' })).toThrow('orders exists already and is not a Gauge');
  });
});
