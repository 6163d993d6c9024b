import { jest } from '@jest/globals';
import { Health, type CheckResult } from './health.js';

const up = async (): Promise<CheckResult> => ({ ok: true });
const down = async (): Promise<CheckResult> => ({ ok: false, detail: 'away' });

describe('Health', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is well without anything to check', async () => {
    expect(await new Health().report()).toEqual({ ok: true, checks: {} });
  });

  it('fails when something it needs fails', async () => {
    const health = new Health();
    health.register('database', up);
    health.register('broker', down);

    expect(await health.report()).toEqual({
      ok: false,
      checks: { database: { ok: true }, broker: { ok: false, detail: 'away' } },
    });
  });

  it('shows a failure of what it can do without, and stays well', async () => {
    const health = new Health();
    health.register('broker', down, { required: false });

    expect(await health.report()).toEqual({ ok: true, checks: { broker: { ok: false, detail: 'away' } } });
  });

  it('says of an error only its code: the report is public, the log has the rest', async () => {
    const warn = jest.fn();
    const health = new Health({ warn, info: jest.fn() });
    const err = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' });
    health.register('database', () => Promise.reject(err));

    expect(await health.report()).toEqual({ ok: false, checks: { database: { ok: false, detail: 'ECONNREFUSED' } } });
    expect(warn).toHaveBeenCalledWith({ check: 'database', detail: 'ECONNREFUSED', err }, 'database is failing');
  });

  it('does not wait longer than two seconds, nor start a check that hangs a second time', async () => {
    const health = new Health();
    const check = jest.fn(() => new Promise<CheckResult>(() => undefined));
    health.register('database', check);

    for (let round = 0; round < 3; round++) {
      const report = health.report();
      await jest.advanceTimersByTimeAsync(2_000);
      expect(await report).toMatchObject({ ok: false, checks: { database: { detail: 'no answer within 2 s' } } });
      await jest.advanceTimersByTimeAsync(1_000);
    }

    expect(check).toHaveBeenCalledTimes(1);
  });

  it('asks once for all who ask at the same moment, and again a moment later', async () => {
    const health = new Health();
    const check = jest.fn(up);
    health.register('database', check);

    await Promise.all([health.report(), health.report(), health.report()]);
    await health.report();
    expect(check).toHaveBeenCalledTimes(1);

    jest.advanceTimersByTime(200);
    await health.report();
    expect(check).toHaveBeenCalledTimes(2);
  });

  it('logs a change once, not every time it is asked', async () => {
    const log = { warn: jest.fn(), info: jest.fn() };
    const health = new Health(log);
    let answer: CheckResult = { ok: false, detail: 'away' };
    health.register('broker', async () => answer);

    for (let i = 0; i < 3; i++) {
      await health.report();
      jest.advanceTimersByTime(1_000);
    }
    answer = { ok: true };
    for (let i = 0; i < 3; i++) {
      await health.report();
      jest.advanceTimersByTime(1_000);
    }

    expect(log.warn.mock.calls).toEqual([[{ check: 'broker', detail: 'away', err: undefined }, 'broker is failing']]);
    expect(log.info.mock.calls).toEqual([[{ check: 'broker' }, 'broker is back']]);
  });

  it('survives a check that throws before it returns a promise', async () => {
    const health = new Health();
    health.register('odd', () => {
      throw new TypeError('odd');
    });

    expect(await health.report()).toEqual({ ok: false, checks: { odd: { ok: false, detail: 'TypeError' } } });
  });
});
