import { verdict } from './email.js';

const pauses = [1, 60];

describe('after an attempt a mail', () => {
  it('is sent once the server accepted it', () => {
    expect(verdict(1, undefined, pauses)).toEqual({ status: 'sent', attempts: 2, pauseSeconds: 0, error: null });
  });

  it('is given up at once when the server will never take it', () => {
    expect(verdict(0, { failure: 'refused', reason: '550' }, pauses)).toEqual({
      status: 'failed',
      attempts: 1,
      pauseSeconds: 0,
      error: '550',
    });
  });

  it('waits longer after each deferral and is given up after the last pause', () => {
    const deferred = { failure: 'deferred', reason: '451' } as const;

    expect([0, 1, 2].map((attempts) => verdict(attempts, deferred, pauses))).toEqual([
      { status: 'pending', attempts: 1, pauseSeconds: 1, error: '451' },
      { status: 'pending', attempts: 2, pauseSeconds: 60, error: '451' },
      { status: 'failed', attempts: 3, pauseSeconds: 0, error: '451' },
    ]);
  });

  it.each(['unreachable', 'interrupted'] as const)('that was %s is due again and has lost no attempt', (failure) => {
    expect(verdict(2, { failure, reason: 'away' }, pauses)).toEqual({
      status: 'pending',
      attempts: 2,
      pauseSeconds: 0,
      error: 'away',
    });
  });
});
