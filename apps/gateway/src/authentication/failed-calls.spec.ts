import { FailedCalls, networkOf } from './failed-calls.js';

describe('an address that comes without a good key', () => {
  let now: number;
  let failed: FailedCalls;
  beforeEach(() => {
    now = 1_000;
    failed = new FailedCalls(10, () => now);
  });
  const fail = (times: number, ip = '192.0.2.1'): void => {
    for (let count = 0; count < times; count++) failed.count({ ip });
  };
  const isHeard = (ip = '192.0.2.1'): boolean => failed.refusal({ ip }) === undefined;

  it('is heard until it has failed too often', () => {
    fail(10);
    expect(isHeard()).toBe(true);

    fail(1);
    expect(failed.refusal({ ip: '192.0.2.1' })).toMatchObject({ headers: { 'Retry-After': '60' } });
  });

  it('keeps no other address from being heard', () => {
    fail(11);

    expect(isHeard('192.0.2.2')).toBe(true);
  });

  it('is heard again after the time it was told', () => {
    fail(11);
    now += 59_999;
    expect(isHeard()).toBe(false);
    now += 1;
    expect(isHeard()).toBe(true);
  });

  it('counts as one with all of its network of IPv6', () => {
    for (let host = 0; host < 11; host++) failed.count({ ip: `2001:db8:1:2::${host}` });

    expect(isHeard('2001:db8:1:2:ffff::1')).toBe(false);
    expect(isHeard('2001:db8:1:3::1')).toBe(true);
  });

  it('fills no memory with addresses, however many there are', () => {
    for (let address = 0; address < 50_000; address++) fail(1, `10.0.${address >> 8}.${address & 255}`);

    const { barredUntil } = failed as unknown as { barredUntil: Map<string, number> };
    expect(barredUntil.size).toBeLessThanOrEqual(10_000);
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
