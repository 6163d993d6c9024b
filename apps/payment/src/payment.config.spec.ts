import { InvalidEnvironment, loadConfig } from '@hookshop/config';
import { PaymentConfig } from './payment.config.js';

const environment = {
  PORT: '3003',
  DATABASE_URL: 'postgres://payment@localhost/payment',
  NATS_URL: 'nats://localhost:4222',
  STRIPE_API_KEY: 'sk_test_demo',
};
const faultsOf = (more: NodeJS.ProcessEnv): string[] => {
  try {
    loadConfig(PaymentConfig, { ...environment, ...more });
    return [];
  } catch (error) {
    return (error as InvalidEnvironment).faults.map(({ variable }) => variable);
  }
};

describe('The environment of payment', () => {
  it('needs nothing but a key: everything else has a default', () => {
    const config = loadConfig(PaymentConfig, environment);

    expect(config.stripeApiBase).toBeUndefined();
    expect(config.pauses).toEqual({
      charge: [1, 2, 5, 15, 60],
      check: [3, 5, 10, 30, 60, 300],
      refund: [5, 30, 120, 600, 3600, 14400],
    });
  });

  it('gives pauses in seconds, comma-separated', () => {
    const config = loadConfig(PaymentConfig, { ...environment, REFUND_BACKOFF_SECONDS: '0.5, 2,30' });

    expect(config.pauses.refund).toEqual([0.5, 2, 30]);
  });

  it.each([
    ['STRIPE_API_KEY', ''],
    ['STRIPE_API_KEY', 'sk_test\r\nX-Evil: 1'],
    ['STRIPE_API_BASE', 'ftp://127.0.0.1'],
    ['STRIPE_API_BASE', 'http://127.0.0.1:3010/v1'],
    ['STRIPE_TIMEOUT_MS', '5'],
    ['STRIPE_CONCURRENCY', '0'],
    ['CHARGE_BACKOFF_SECONDS', ','],
    ['CHARGE_BACKOFF_SECONDS', '1,-2'],
    ['REFUND_BACKOFF_SECONDS', '1,soon'],
    ['AUTHENTICATION_CHECK_SECONDS', '1;2'],
  ])('with %s=%j stops the boot', (variable, value) => {
    expect(faultsOf({ [variable]: value })).toEqual([variable]);
  });
});
