import { InvalidEnvironment } from './invalid-environment.js';
import { loadConfig } from './load-config.js';
import { ServiceConfig } from './service-config.js';
import { trustedProxies } from './trusted-proxies.js';

const load = (value: string | undefined) =>
  loadConfig(ServiceConfig, { TRUST_PROXY: value }, ['trustProxy']).trustProxy;

describe('TRUST_PROXY', () => {
  it('trusts nobody when it is not set', () => {
    expect(trustedProxies(load(undefined))).toBe(false);
    expect(trustedProxies(load(''))).toBe(false);
  });

  it.each([
    ['10.0.0.0/8', ['10.0.0.0/8']],
    ['10.0.0.7, fd00::/8', ['10.0.0.7', 'fd00::/8']],
  ])('reads %s', (value, trusted) => {
    expect(trustedProxies(load(value))).toEqual(trusted);
  });

  it.each(['true', '1', '*', 'loopback', '0.0.0.0/0', '::/0', '10.0.0.0/33', '10.0.0.0/8/8', 'proxy.local', ','])(
    'refuses %s, and says what it takes',
    (value) => {
      expect(() => load(value)).toThrow(InvalidEnvironment);
      expect(() => load(value)).toThrow('TRUST_PROXY must be addresses of proxies, such as 10.0.0.0/8,fd00::/8');
    },
  );
});
