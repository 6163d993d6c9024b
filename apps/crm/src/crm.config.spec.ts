import { loadConfig } from '@hookshop/config';
import { CrmConfig } from './crm.config.js';

const needed = { PORT: '3004', DATABASE_URL: 'postgres://crm:x@127.0.0.1/crm', NATS_URL: 'nats://127.0.0.1:4222' };

describe('the configuration of crm', () => {
  it('has a threshold and a currency when nobody says otherwise', () => {
    expect(loadConfig(CrmConfig, needed)).toMatchObject({ vipThresholdInCents: 100_000, lifetimeValueCurrency: 'USD' });
  });

  it('takes another threshold and another currency', () => {
    const config = loadConfig(CrmConfig, { ...needed, VIP_THRESHOLD_IN_CENTS: '5000', LIFETIME_VALUE_CURRENCY: 'EUR' });

    expect(config).toMatchObject({ vipThresholdInCents: 5_000, lifetimeValueCurrency: 'EUR' });
  });

  it.each([
    ['VIP_THRESHOLD_IN_CENTS', '0'],
    ['VIP_THRESHOLD_IN_CENTS', '12.5'],
    ['LIFETIME_VALUE_CURRENCY', 'usd'],
    ['LIFETIME_VALUE_CURRENCY', 'dollars'],
  ])('refuses %s=%s', (variable, value) => {
    expect(() => loadConfig(CrmConfig, { ...needed, [variable]: value })).toThrow(variable);
  });
});
