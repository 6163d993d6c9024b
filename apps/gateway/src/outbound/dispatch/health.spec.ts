import { Health, unknownHealth, type StoredHealth } from './health.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NOW = Date.parse('2026-01-01T00:00:00Z');

const after = (attempts: ('ok' | 'away' | 'refused')[], { everyMs = 1_000, from = unknownHealth } = {}) => {
  const health = new Health(from);
  attempts.forEach((attempt, index) => {
    const at = NOW + index * everyMs;
    if (attempt === 'ok') health.succeeded(at);
    else health.failed(at, attempt === 'away');
  });
  return health;
};
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('the circuit of an endpoint', () => {
  it('opens at the tenth attempt in five minutes when all found nobody', () => {
    expect(after(times(9, 'away')).circuit).toBe('closed');
    const health = after(times(10, 'away'));
    expect(health.circuit).toBe('open');
    expect(health.opened).toMatchObject({ attempts: 10, failed: 10 });
  });

  it('opens at seven failures of ten, not at six', () => {
    expect(after([...times(3, 'ok' as const), ...times(7, 'away' as const)]).circuit).toBe('open');
    expect(after([...times(4, 'ok' as const), ...times(6, 'away' as const)]).circuit).toBe('closed');
  });

  it('forgets what was more than five minutes ago', () => {
    expect(after(times(12, 'away'), { everyMs: MINUTE }).circuit).toBe('closed');
  });

  it('does not count failures that speak of the message', () => {
    expect(after(times(50, 'refused')).circuit).toBe('closed');
  });

  it('lets nothing through until its probe, thirty seconds later', () => {
    const health = after(times(10, 'away'));
    const opened = NOW + 9_000;

    expect(health.wait(opened)).toBe(30_000);
    expect(health.wait(opened + 30_000)).toBe(0);
  });

  it('closes when the probe succeeds, and knows that there is a backlog', () => {
    const health = after(times(10, 'away'));
    health.probe();
    expect(health.circuit).toBe('probing');
    health.succeeded(NOW + 60_000);

    expect(health.circuit).toBe('closed');
    expect(health.isRecovering).toBe(true);
    expect(health.stored()).toMatchObject({ probeAt: null, openings: 0, failingSince: null });
  });

  it('waits twice as long after each probe that fails, at most a quarter of an hour', () => {
    const health = after(times(10, 'away'));
    const pauses = times(7, 0).map((_, index) => {
      const at = NOW + index * DAY;
      health.probe();
      health.failed(at, true);
      return health.wait(at) / 1_000;
    });

    expect(pauses).toEqual([60, 120, 240, 480, 900, 900, 900]);
  });

  it('goes on where it was when the lane changes hands, and probes anew if the probe was lost', () => {
    const health = after(times(10, 'away'));
    const stored = JSON.parse(JSON.stringify(health.stored())) as StoredHealth;
    expect(new Health(stored).wait(NOW + 9_000)).toBe(30_000);

    health.probe();
    expect(new Health(health.stored()).circuit).toBe('open');
  });
});

describe('an endpoint', () => {
  it('is given up after five days without a success', () => {
    const health = new Health(unknownHealth);
    expect(health.failed(NOW, true)).toBe(false);
    expect(health.failed(NOW + 5 * DAY - 1, true)).toBe(false);
    expect(health.failed(NOW + 5 * DAY, false)).toBe(true);
  });

  it('is not given up when it succeeded in between', () => {
    const health = new Health(unknownHealth);
    health.failed(NOW, true);
    health.succeeded(NOW + 4 * DAY);
    expect(health.failed(NOW + 6 * DAY, true)).toBe(false);
  });

  it('is sent nothing while it asked for a pause, of which the longer one holds', () => {
    const health = new Health(unknownHealth);
    health.pause(NOW + 5_000);
    health.pause(NOW + 1_000);

    expect(health.wait(NOW)).toBe(5_000);
    expect(health.wait(NOW + 5_000)).toBe(0);
  });
});
