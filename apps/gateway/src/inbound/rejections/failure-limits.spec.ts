import { FailureLimits } from './failure-limits.js';

const MINUTE = 60_000;
/** More addresses than are remembered at a time. */
const FLOOD = 10_000;

describe('failure limits', () => {
  let now: number;
  const limits = (most: number): FailureLimits => new FailureLimits(most, () => now);
  const admitted = (limited: FailureLimits, times: number, who = 'somebody'): boolean[] =>
    Array.from({ length: times }, () => limited.admit(who));

  beforeEach(() => {
    now = 1_700_000_000_000;
  });

  it('admit as many failures of one as there may be, and no more', () => {
    expect(admitted(limits(3), 5)).toEqual([true, true, true, false, false]);
  });

  it('count everybody alone', () => {
    const limited = limits(1);

    expect(admitted(limited, 2, 'one')).toEqual([true, false]);
    expect(admitted(limited, 2, 'another')).toEqual([true, false]);
  });

  it('count anew when a minute is over, and not before', () => {
    const limited = limits(1);
    admitted(limited, 2);

    now += MINUTE - 1;
    expect(limited.admit('somebody')).toBe(false);
    now += 1;
    expect(admitted(limited, 2)).toEqual([true, false]);
    now += MINUTE;
    expect(limited.admit('somebody')).toBe(true);
  });

  it('tell in how many whole seconds that is, and never none', () => {
    const limited = limits(1);
    limited.admit('somebody');

    expect(limited.secondsLeft).toBe(60);
    now += 1;
    expect(limited.secondsLeft).toBe(60);
    now += 30_000;
    expect(limited.secondsLeft).toBe(30);
    now += 29_998;
    expect(limited.secondsLeft).toBe(1);
    now += 100;
    expect(limited.secondsLeft).toBe(1);
  });

  it('admit nobody new in a flood from everywhere, so that it cannot fill the memory', () => {
    const limited = limits(2);
    const flood = Array.from({ length: FLOOD + 5 }, (_, address) => limited.admit(String(address)));

    expect(flood.filter((isAdmitted) => isAdmitted)).toHaveLength(FLOOD);
    expect(flood.slice(-5)).toEqual([false, false, false, false, false]);
    // Whoever was counted before goes on being counted.
    expect(admitted(limited, 2, '0')).toEqual([true, false]);
  });

  it('forget the flood with the minute', () => {
    const limited = limits(1);
    for (let address = 0; address < FLOOD; address += 1) limited.admit(String(address));
    expect(limited.admit('new')).toBe(false);

    now += MINUTE;
    expect(limited.admit('new')).toBe(true);
  });
});
