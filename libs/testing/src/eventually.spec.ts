import { eventually, matches } from './eventually.js';

const countingUp = () => {
  let value = 0;
  return () => ++value;
};

describe('eventually', () => {
  it('returns the first value for which the predicate holds', async () => {
    await expect(eventually(countingUp(), (value) => value >= 3)).resolves.toBe(3);
  });

  it('waits for any truthy value when nothing is expected', async () => {
    const count = countingUp();
    await expect(eventually(() => (count() < 3 ? undefined : 'there'))).resolves.toBe('there');
  });

  it('returns the whole value once it has the expected properties', async () => {
    const count = countingUp();
    const order = await eventually(() => ({ id: 'o1', status: count() < 3 ? 'placed' : 'confirmed' }), {
      status: 'confirmed',
    });

    expect(order).toEqual({ id: 'o1', status: 'confirmed' });
  });

  it('reads again after a read that failed', async () => {
    const count = countingUp();
    const value = await eventually(() => {
      if (count() < 3) throw new Error('not up yet');
      return 'up';
    });

    expect(value).toBe('up');
  });

  it('times out with the last value', async () => {
    const reading = eventually(() => ({ status: 'placed' }), { status: 'confirmed' }, { timeoutMs: 50 });

    await expect(reading).rejects.toThrow(
      "Not { status: 'confirmed' } within 50 ms; the last value was { status: 'placed' }",
    );
  });

  it('times out with the last failure', async () => {
    const failure = new Error('connection refused');
    const reading = eventually(
      () => Promise.reject(failure),
      () => true,
      { timeoutMs: 50 },
    );

    await expect(reading).rejects.toMatchObject({
      message: 'Not what was expected within 50 ms; the last read failed: connection refused',
      cause: failure,
    });
  });

  it('reads once more at the deadline, so that a slow read is not lost', async () => {
    await expect(eventually(countingUp(), (value) => value === 1, { timeoutMs: 0 })).resolves.toBe(1);
  });
});

describe('matches', () => {
  it.each([
    [{ a: 1, b: 2 }, { a: 1 }, true],
    [{ a: 1 }, { a: 1, b: undefined }, true],
    [{ a: { b: { c: 1, d: 2 } } }, { a: { b: { c: 1 } } }, true],
    [{ a: { b: 1 } }, { a: { b: 2 } }, false],
    [{ a: null }, { a: { b: 1 } }, false],
    [[{ a: 1, b: 2 }], [{ a: 1 }], true],
    [[1, 2], [1], false],
    [{ a: [1] }, { a: { 0: 1 } }, true],
    [{ 0: 1 }, [1], false],
    [{ at: new Date(5) }, { at: new Date(5) }, true],
    [{ at: new Date(5) }, { at: new Date(6) }, false],
    [Number.NaN, Number.NaN, true],
    ['1', 1, false],
  ])('%j against %j: %j', (value, expected, answer) => {
    expect(matches(value, expected)).toBe(answer);
  });
});
