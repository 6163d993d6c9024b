import { eventually, testCollector, type CollectedLine, type TestCollector } from '@hookshop/testing';
import { createLogger, type LogFields, type Logger } from '../logger.js';
import { Metrics } from '../metrics.js';
import { ObservabilityModule } from '../observability.module.js';
import { withTrace } from '../trace-context.js';
import { LogTee } from './log-tee.js';
import { openLogTee } from './open-log-tee.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;

describe('a log with a collector', () => {
  let collector: TestCollector;
  let metrics: Metrics;
  let stdout: LogFields[];
  let tee: LogTee;
  let log: Logger;

  beforeEach(async () => {
    collector = await testCollector();
    metrics = new Metrics();
    stdout = [];
    tee = new LogTee({ write: (line) => void stdout.push(JSON.parse(line) as LogFields) });
    log = createLogger('order', { logLevel: 'info', nodeEnv: 'test' }, tee);
    log.info('Booting');
    const config = { otelExporterOtlpEndpoint: collector.url, otelExporterOtlpHeaders: 'x-key=a%20secret' };
    await openLogTee(tee, 'order', config, log, metrics);
  });
  afterEach(async () => {
    collector.status = 200;
    await tee.onApplicationShutdown();
    await collector.stop();
  });

  const counted = async (): Promise<Record<string, number>> => {
    const { values } = await metrics.registry.getSingleMetric('log_records_total')!.get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels['outcome'], value]));
  };
  const arrived = (count: number): Promise<CollectedLine[]> =>
    eventually(
      () => collector.lines,
      ({ length }) => length === count,
    );

  it('sends each line as stdout has it, in its trace and in the span at hand', async () => {
    const err = Object.assign(new TypeError('broken'), { code: 'EPIPE', parameters: ['ada@example.com'] });
    const fields = { err, attempt: 2, durationMs: 1.5, audit: true, apiKey: 'hunter2', steps: ['dns', 'tls'] };
    withTrace({ traceparent, correlationId: 'o-1' }, () => log.warn(fields, 'Bearer hunter2 refused'));

    const [, line] = await arrived(2);
    const { level, time, service, msg, traceId, ...rest } = stdout[1]!;
    expect(line).toEqual({
      service,
      at: expect.closeTo(Date.parse(time as string), 1),
      severity: { number: 13, text: level },
      message: msg,
      traceId,
      spanId: 'b7ad6b7169203331',
      fields: rest,
    });
    expect(line).toMatchObject({ service: 'order', message: 'Bearer [hidden] refused', traceId: TRACE });
    expect(line!.fields).toMatchObject({ correlationId: 'o-1', err: { code: 'EPIPE' }, apiKey: '[hidden]' });
    expect(JSON.stringify(line)).not.toMatch(/hunter2|ada@/);
    expect(await eventually(counted, { exported: 2 })).toEqual({ exported: 2 });
    expect(collector.headers).toMatchObject({ 'x-key': 'a secret', 'content-type': 'application/json' });
  });

  it('sends what was written before it was open, and a line without a trace or a message', async () => {
    log.error({ value: 1 });

    expect(await arrived(2)).toMatchObject([
      { message: 'Booting', severity: { number: 9, text: 'info' }, traceId: undefined, spanId: undefined, fields: {} },
      { message: '', severity: { number: 17, text: 'error' }, fields: { value: 1 } },
    ]);
  });

  it('names no span of a line that tells of the trace of another', async () => {
    const other = '4bf92f3577b34da6a3ce929d0e0e4736';
    withTrace({ traceparent }, () => log.info({ traceId: other }, 'Of another'));

    expect((await arrived(2))[1]).toMatchObject({ traceId: other, spanId: undefined });
  });

  it('says once that the collector does not take them, and once that it does again, and counts them', async () => {
    collector.status = 400;
    await eventually(counted, { failed: 1 });
    // The word about it is a line itself.
    await eventually(counted, { failed: 2 });
    log.info('Lost');
    await eventually(counted, { failed: 3 });
    collector.status = 200;
    withTrace({ traceparent }, () => log.info('Found'));

    expect(await arrived(2)).toMatchObject([{ message: 'Found' }, { message: 'The collector takes logs again' }]);
    expect(stdout.map(({ level, msg }) => [level, msg])).toEqual([
      ['info', 'Booting'],
      ['warn', 'The collector does not take logs'],
      ['info', 'Lost'],
      ['info', 'Found'],
      ['info', 'The collector takes logs again'],
    ]);
    expect(stdout.at(-1)).not.toHaveProperty('traceId');
  });

  it('drops what is too much for a collector that does not answer, keeps all on stdout, and stops all the same', async () => {
    collector.status = undefined;
    for (let count = 0; count < 10_000; count += 1) log.info({ count }, 'Fact handled');

    expect((await counted())['dropped']).toBeGreaterThan(1_000);
    expect(stdout).toHaveLength(10_001);
    await tee.onApplicationShutdown();
    log.info('Stopped');
    expect(stdout.at(-1)).toMatchObject({ msg: 'Stopped' });
  });

  it('sends all that waits when it stops', async () => {
    for (let count = 0; count < 5_000; count += 1) log.info({ count }, 'Fact handled');
    await tee.onApplicationShutdown();

    expect(collector.lines).toHaveLength(5_001);
    expect(await counted()).toEqual({ exported: 5_001 });
  });
});

describe('a service', () => {
  const sendsItsLog = (more: object, options?: { isTraced: boolean }): boolean => {
    const config = { logLevel: 'silent', nodeEnv: 'test', ...more } as const;
    const { providers = [] } = ObservabilityModule.forRoot('order', config, options);
    return providers.some((provider) => 'provide' in provider && provider.provide === LogTee);
  };
  const otelExporterOtlpEndpoint = 'http://127.0.0.1:9';

  it('sends its log to a collector if there is one that is to have it, and if the service is one of ours', () => {
    expect(sendsItsLog({})).toBe(false);
    expect(sendsItsLog({ otelExporterOtlpEndpoint })).toBe(true);
    expect(sendsItsLog({ otelExporterOtlpLogsEndpoint: otelExporterOtlpEndpoint })).toBe(true);
    expect(sendsItsLog({ otelExporterOtlpTracesEndpoint: otelExporterOtlpEndpoint })).toBe(false);
    expect(sendsItsLog({ otelExporterOtlpEndpoint, otelLogsExporter: 'none' })).toBe(false);
    expect(sendsItsLog({ otelExporterOtlpEndpoint }, { isTraced: false })).toBe(false);
  });
});
