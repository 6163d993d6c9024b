import { InvalidEnvironment, loadConfig } from '@hookshop/config';
import { ShippingConfig } from './shipping.config.js';

const environment = {
  PORT: '3006',
  DATABASE_URL: 'postgres://shipping@localhost/shipping',
  NATS_URL: 'nats://localhost:4222',
  CARRIER_API_BASE: 'http://127.0.0.1:3010',
  CARRIER_API_KEY: 'ck_demo',
};
const faultsOf = (more: NodeJS.ProcessEnv): string[] => {
  try {
    loadConfig(ShippingConfig, { ...environment, ...more });
    return [];
  } catch (error) {
    return (error as InvalidEnvironment).faults.map(({ variable }) => variable);
  }
};

describe('The environment of shipping', () => {
  it('needs a carrier and a key: everything else has a default', () => {
    const config = loadConfig(ShippingConfig, environment);

    expect(config).toMatchObject({ carrierTimeoutMs: 5_000, carrierConcurrency: 16, leaseSeconds: 15 });
    expect(config.patience).toEqual({ retry: [1, 5, 30, 120, 600], lookupLag: 10, check: 21_600 });
  });

  it('gives pauses in seconds, comma-separated', () => {
    const config = loadConfig(ShippingConfig, { ...environment, CARRIER_RETRY_SECONDS: '0.5, 2,30' });

    expect(config.patience.retry).toEqual([0.5, 2, 30]);
  });

  it('leases a shipment for longer than two answers of the carrier may take', () => {
    const config = loadConfig(ShippingConfig, { ...environment, CARRIER_TIMEOUT_MS: '60000' });

    expect(config.leaseSeconds).toBe(125);
  });

  it.each([
    ['CARRIER_API_BASE', ''],
    ['CARRIER_API_BASE', 'ftp://127.0.0.1'],
    ['CARRIER_API_BASE', 'http://127.0.0.1:3010/carrier'],
    ['CARRIER_API_BASE', 'http://127.0.0.1:3010/?a=b'],
    ['CARRIER_API_BASE', 'http://user:secret@127.0.0.1:3010'],
    ['CARRIER_API_KEY', ''],
    ['CARRIER_API_KEY', 'ck\r\nX-Evil: 1'],
    ['CARRIER_TIMEOUT_MS', '5'],
    ['CARRIER_CONCURRENCY', '0'],
    ['CARRIER_RETRY_SECONDS', ','],
    ['CARRIER_RETRY_SECONDS', '1,-2'],
    ['CARRIER_RETRY_SECONDS', '1;2'],
    ['CARRIER_LOOKUP_LAG_SECONDS', '-1'],
    ['CARRIER_CHECK_SECONDS', '0'],
    ['CARRIER_CHECK_SECONDS', '1000000'],
    ['CARRIER_CHECK_SECONDS', '1,5'],
  ])('with %s=%j stops the boot', (variable, value) => {
    expect(faultsOf({ [variable]: value })).toEqual([variable]);
  });
});
