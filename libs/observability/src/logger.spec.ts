import { createLogger } from './logger.js';
import { withTrace } from './trace-context.js';

function recording(logLevel: 'trace' | 'info' | 'fatal' | 'silent' = 'trace') {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger(
    'order',
    { logLevel, nodeEnv: 'test' },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  return { log, lines, last: () => lines.at(-1) };
}

describe('Logger', () => {
  it('writes fields and message as one JSON line with level, time and service', () => {
    const { log, last } = recording();

    log.info({ orderId: 'o-1' }, 'Order placed');

    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      service: 'order',
      orderId: 'o-1',
      msg: 'Order placed',
    });
  });

  it('adds the trace id and the correlation id of the current trace', () => {
    const { log, last } = recording();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    withTrace({ traceparent, correlationId: 'o-1' }, () => log.info('Order placed'));
    expect(last()).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', correlationId: 'o-1' });

    log.info('Ready');
    expect(last()).not.toHaveProperty('traceId');
  });

  it.each(['trace', 'info', 'fatal'] as const)('writes who did what, whatever it leaves out (%s)', (level) => {
    const { log, last } = recording(level);

    log.audit({ by: 'k-1', secret: 'abc' }, 'Admin write');

    expect(last()).toMatchObject({ level: 'info', audit: true, by: 'k-1', secret: '[hidden]', msg: 'Admin write' });
  });

  it('writes nothing at all when it is silent', () => {
    const { log, lines } = recording('silent');

    log.audit({ by: 'k-1' }, 'Admin write');
    log.fatal('The end');

    expect(lines).toEqual([]);
  });

  it('writes nothing below its level', () => {
    const { log, lines } = recording('info');

    log.debug('detail');
    log.verbose('detail');

    expect(lines).toEqual([]);
    expect(log.isLevelEnabled('debug')).toBe(false);
    expect(log.isLevelEnabled('warn')).toBe(true);
  });

  it('hides secrets in fields, in messages and in what a child carries', () => {
    const { log, lines } = recording();

    log.warn({ headers: { authorization: 'Bearer abc' }, password: 'hunter2' }, 'postgres://a:hunter2@b/c');
    log.child({ apiKey: 'hunter2', reaction: 'charge' }).info('x');

    expect(JSON.stringify(lines)).not.toMatch(/hunter2|abc/);
    expect(lines[1]).toMatchObject({ reaction: 'charge', apiKey: '[hidden]' });
  });

  it('describes errors', () => {
    const { log, last } = recording();

    log.error({ err: new TypeError('broken'), orderId: 'o-1' }, 'It failed');

    expect(last()).toMatchObject({
      level: 'error',
      orderId: 'o-1',
      err: { type: 'TypeError', message: 'broken', stack: expect.stringContaining('logger.spec') },
      msg: 'It failed',
    });
  });

  it('survives a cycle', () => {
    const { log, last } = recording();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;

    log.info(cycle, 'round');

    expect(last()).toMatchObject({ msg: 'round' });
  });

  describe('as the logger of Nest', () => {
    it('takes a message and its context', () => {
      const { log, last } = recording();

      log.log('Connected', 'Broker');
      expect(last()).toMatchObject({ level: 'info', msg: 'Connected', context: 'Broker' });

      log.warn('Slow', 'Broker');
      expect(last()).toMatchObject({ level: 'warn', msg: 'Slow', context: 'Broker' });

      log.verbose('Detail', 'Broker');
      expect(last()).toMatchObject({ level: 'trace', msg: 'Detail', context: 'Broker' });
    });

    it('takes an error and its context', () => {
      const { log, last } = recording();

      log.error(new Error('broken'), undefined, 'ExceptionsHandler');

      expect(last()).toMatchObject({
        level: 'error',
        msg: 'broken',
        context: 'ExceptionsHandler',
        err: { message: 'broken' },
      });
      expect(last()).not.toHaveProperty('extra');
    });

    it('takes a message, a stack and a context', () => {
      const { log, last } = recording();

      log.error('broken', 'Error: broken\n    at somewhere (file.ts:1:1)', 'Broker');
      expect(last()).toMatchObject({ msg: 'broken', context: 'Broker', stack: expect.stringContaining('somewhere') });

      log.error('broken', 'Error: broken\n    at somewhere (file.ts:1:1)');
      expect(last()).toMatchObject({ msg: 'broken', stack: expect.stringContaining('somewhere') });
      expect(last()).not.toHaveProperty('context');
    });

    it('takes more than one value', () => {
      const { log, last } = recording();

      log.log('Placed', { orderId: 'o-1', key: 'hunter2' }, 'Orders');
      expect(last()).toMatchObject({ msg: 'Placed', context: 'Orders', extra: [{ orderId: 'o-1', key: '[hidden]' }] });

      log.log(undefined);
      expect(last()).toMatchObject({ level: 'info', service: 'order' });
    });

    it('counts what Nest says about its own start as detail', () => {
      const { log, last } = recording();

      log.log('Mapped {/orders, POST} route', 'RouterExplorer');

      expect(last()).toMatchObject({ level: 'debug', context: 'RouterExplorer' });
    });
  });
});
