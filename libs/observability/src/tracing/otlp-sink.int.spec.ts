import { eventually, testCollector, type TestCollector } from '@hookshop/testing';
import { createLogger, type LogFields } from '../logger.js';
import { Metrics } from '../metrics.js';
import { OtlpSink } from './otlp-sink.js';
import { Tracer, type Span } from './tracer.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const span = (more: Partial<Span> = {}): Span => ({
  name: 'place',
  kind: 'server',
  traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
  startedAt: 1_700_000_000_123.25,
  endedAt: 1_700_000_000_130.5,
  ...more,
});

describe('a tracer with a collector', () => {
  let collector: TestCollector;
  let sink: OtlpSink;
  let tracer: Tracer;
  let metrics: Metrics;
  let lines: LogFields[];

  beforeEach(async () => {
    collector = await testCollector();
    metrics = new Metrics();
    lines = [];
    const destination = { write: (line: string) => void lines.push(JSON.parse(line) as LogFields) };
    const log = createLogger('order', { logLevel: 'info', nodeEnv: 'test' }, destination);
    sink = new OtlpSink(
      'order',
      { url: `${collector.url}/v1/traces`, headers: 'x-key=a%20secret,x-other=1' },
      log,
      metrics,
    );
    tracer = new Tracer(sink);
  });
  afterEach(async () => {
    collector.status = 200;
    await sink.close();
    await collector.stop();
  });

  const counted = async (): Promise<Record<string, number>> => {
    const { values } = await metrics.registry.getSingleMetric('trace_spans_total')!.get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels['outcome'], value]));
  };

  it('sends a span as it was recorded, under the name of its service', async () => {
    tracer.record(
      span({
        kind: 'consumer',
        parent: `00-${TRACE}-00f067aa0ba902b7-01`,
        attributes: { 'hookshop.attempt': 2, 'hookshop.outcome': 'again' },
        links: ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b8-01'],
        error: 'OutOfStock',
      }),
    );

    expect(
      await eventually(
        () => collector.spans,
        ({ length }) => length === 1,
      ),
    ).toEqual([
      {
        service: 'order',
        name: 'place',
        kind: 'consumer',
        traceId: TRACE,
        spanId: 'b7ad6b7169203331',
        parentSpanId: '00f067aa0ba902b7',
        startedAt: expect.closeTo(1_700_000_000_123.25, 1),
        endedAt: expect.closeTo(1_700_000_000_130.5, 1),
        attributes: { 'hookshop.attempt': 2, 'hookshop.outcome': 'again' },
        links: ['4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b8'],
        error: 'OutOfStock',
      },
    ]);
    expect(await eventually(counted, { exported: 1 })).toEqual({ exported: 1 });
    expect(collector.headers).toMatchObject({ 'x-key': 'a secret', 'x-other': '1' });
  });

  it('keeps nothing of traces that are not to be kept', async () => {
    tracer.record(span({ traceparent: `00-${TRACE}-b7ad6b7169203331-00` }));
    tracer.record(span());
    await tracer.onApplicationShutdown();

    expect(collector.spans).toHaveLength(1);
    expect(collector.spans[0]).toMatchObject({ parentSpanId: undefined, error: undefined, links: [] });
  });

  it('says once that the collector does not take them, and once that it does again, and counts them', async () => {
    collector.status = 400;
    for (let round = 1; round <= 2; round += 1) {
      tracer.record(span());
      await eventually(counted, { failed: round });
    }
    collector.status = 200;
    tracer.record(span());

    await eventually(counted, { failed: 2, exported: 1 });
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['warn', 'The collector does not take traces'],
      ['info', 'The collector takes traces again'],
    ]);
  });

  it('drops what is too much for a collector that does not answer, and stops all the same', async () => {
    collector.status = undefined;
    for (let count = 0; count < 10_000; count += 1) tracer.record(span());

    expect((await counted())['dropped']).toBeGreaterThan(1_000);
    await tracer.onApplicationShutdown();
  });

  it('sends all that waits when it stops', async () => {
    for (let count = 0; count < 5_000; count += 1) tracer.record(span());
    await tracer.onApplicationShutdown();

    expect(collector.spans).toHaveLength(5_000);
    expect(await counted()).toEqual({ exported: 5_000 });
  });
});
