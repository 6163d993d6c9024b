import { jest } from '@jest/globals';
import { currentTrace, withTrace } from '@hookshop/observability';
import { eventually } from '@hookshop/testing';
import { Periodic } from './periodic.js';

describe('Periodic', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const working = (work: () => Promise<void>) => {
    const warn = jest.fn();
    return { periodic: new Periodic('The work', 1_000, work, { warn } as never), warn };
  };

  it('works at once, again after each pause, and no more once it is stopped', async () => {
    const work = jest.fn(async () => undefined);
    const { periodic } = working(work);
    periodic.start();
    await jest.advanceTimersByTimeAsync(2_500);
    expect(work).toHaveBeenCalledTimes(3);

    await periodic.stop();
    periodic.wake();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(work).toHaveBeenCalledTimes(3);
  });

  it('is never at work twice at a time: who wakes it meanwhile has it done once more, at once', async () => {
    const ends: (() => void)[] = [];
    const work = jest.fn(() => new Promise<void>((resolve) => ends.push(resolve)));
    const { periodic } = working(work);
    periodic.start();
    await jest.advanceTimersByTimeAsync(0);
    periodic.wake();
    periodic.wake();
    await jest.advanceTimersByTimeAsync(500);
    expect(work).toHaveBeenCalledTimes(1);

    ends[0]!();
    await jest.advanceTimersByTimeAsync(0);
    expect(work).toHaveBeenCalledTimes(2);
    ends[1]!();
    await periodic.stop();
  });

  it('tells of a failure and goes on', async () => {
    const err = new Error('away');
    const { periodic, warn } = working(() => Promise.reject(err));
    periodic.start();
    await jest.advanceTimersByTimeAsync(1_500);

    expect(warn.mock.calls).toEqual(Array.from({ length: 2 }, () => [{ err }, 'The work failed and is tried again']));
    await periodic.stop();
  });

  it('works in the trace of nobody, whoever woke it', async () => {
    // Fake timers would not carry a trace on, as real ones do.
    jest.useRealTimers();
    const seen: unknown[] = [];
    const { periodic } = working(async () => void seen.push(currentTrace()));
    withTrace({ traceparent: 'a trace' }, () => periodic.start());
    await eventually(() => seen.length === 1);
    withTrace({ traceparent: 'another' }, () => periodic.wake());
    await eventually(() => seen.length === 2);

    expect(seen).toEqual([undefined, undefined]);
    await periodic.stop();
  });
});
