import { jest } from '@jest/globals';
import { ObservabilityModule } from '../observability.module.js';
import { continueTrace, recordRootsIf } from '../trace-context.js';
import { openTracer, tracesUrl } from './open-tracer.js';
import { Tracer, type SpanSink } from './tracer.js';

const sampled = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const unsampled = sampled.replace(/01$/, '00');

describe('Tracer', () => {
  afterEach(() => recordRootsIf(() => true));

  it('records nothing without a collector', async () => {
    const tracer = await openTracer('order', {}, undefined as never, undefined as never);

    expect(tracer.records(sampled)).toBe(false);
    expect(() => tracer.record({ name: 'x', kind: 'internal', traceparent: sampled, startedAt: 0 })).not.toThrow();
  });

  it('records what belongs to a trace that is kept', () => {
    const sink = { add: jest.fn<SpanSink['add']>(), close: async () => undefined };
    const tracer = new Tracer(sink);

    expect([sampled, unsampled, undefined].map((trace) => tracer.records(trace))).toEqual([true, false, false]);
    tracer.record({ name: 'x', kind: 'internal', traceparent: sampled, startedAt: tracer.now() });
    const { startedAt, endedAt } = sink.add.mock.calls[0]![0];
    expect(endedAt).toBeGreaterThanOrEqual(startedAt);
  });

  it('tells the time of the machine, also after its clock was set', () => {
    const tracer = new Tracer();
    const before = Date.now();
    const told = tracer.now();
    expect(told).toBeGreaterThan(before - 10);
    expect(told).toBeLessThan(Date.now() + 10);

    const later = Date.now() + 3_600_000;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(later);
    expect(tracer.now()).toBe(later);
    clock.mockRestore();
  });

  it('keeps as many of the traces that begin here as it is told, and all that come from elsewhere marked as kept', async () => {
    const config = {
      otelExporterOtlpEndpoint: 'http://127.0.0.1:9',
      otelTracesSampler: 'parentbased_traceidratio' as const,
      otelTracesSamplerArg: 0.25,
    };
    const module = ObservabilityModule.forRoot('order', { logLevel: 'silent', nodeEnv: 'test', ...config });
    expect(module.exports).toContain(Tracer);
    const { Metrics } = await import('../metrics.js');
    const tracer = await openTracer('order', config, { warn: jest.fn() } as never, new Metrics());
    const kept = Array.from({ length: 2_000 }, () => continueTrace(undefined)).filter((one) => tracer.records(one));

    expect(kept.length).toBeGreaterThan(380);
    expect(kept.length).toBeLessThan(620);
    expect(tracer.records(continueTrace(sampled))).toBe(true);
    expect(tracer.records(continueTrace(unsampled))).toBe(false);
    await tracer.onApplicationShutdown();
  });

  it.each([
    [{}, undefined],
    [{ otelExporterOtlpEndpoint: 'http://collector:4318' }, 'http://collector:4318/v1/traces'],
    [{ otelExporterOtlpEndpoint: 'https://collector/otlp/' }, 'https://collector/otlp/v1/traces'],
    [{ otelExporterOtlpTracesEndpoint: 'https://collector/here' }, 'https://collector/here'],
    [
      { otelExporterOtlpEndpoint: 'http://collector:4318', otelExporterOtlpTracesEndpoint: 'https://collector/' },
      'https://collector/',
    ],
  ])('sends what is recorded with %p to %p', (config, url) => {
    expect(tracesUrl(config)).toBe(url);
  });

  it.each([
    ['always_on' as const, true],
    ['always_off' as const, false],
  ])('keeps traces as %s says: %p', async (otelTracesSampler, kept) => {
    const { Metrics } = await import('../metrics.js');
    const config = { otelExporterOtlpTracesEndpoint: 'http://127.0.0.1:9/v1/traces', otelTracesSampler };
    const tracer = await openTracer('order', config, { warn: jest.fn() } as never, new Metrics());

    expect(tracer.records(continueTrace(undefined))).toBe(kept);
    expect(tracer.records(sampled)).toBe(kept);
    expect(continueTrace(undefined).endsWith('-01')).toBe(kept);
    await tracer.onApplicationShutdown();
  });
});
