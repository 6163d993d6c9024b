import { InvalidEnvironment, loadConfig } from '@hookshop/config';
import { GatewayConfig } from './gateway.config.js';

describe('the environment of the gateway', () => {
  const load = (more: NodeJS.ProcessEnv): GatewayConfig =>
    loadConfig(GatewayConfig, {
      PORT: '5400',
      DATABASE_URL: 'postgres://gateway@127.0.0.1/gateway',
      NATS_URL: 'nats://127.0.0.1',
      ...more,
    });
  const faultsOf = (more: NodeJS.ProcessEnv): string[] => {
    try {
      load(more);
    } catch (error) {
      return (error as InvalidEnvironment).faults.map(({ variable, expected }) => `${variable} ${expected}`);
    }
    return [];
  };
  const demo = { SHOP_API_KEY: 'sk_shop_demo', PARTNER_API_KEY: 'sk_partner_demo', ADMIN_API_KEY: 'sk_admin_demo' };

  it('may leave out every key', () => {
    expect(load({}).adminApiKey).toBeUndefined();
  });

  it('takes the demo keys while developing', () => {
    expect(load(demo)).toMatchObject({ shopApiKey: 'sk_shop_demo', adminApiKey: 'sk_admin_demo' });
  });

  it('refuses every demo key in production, and says what to do', () => {
    const fault = 'must not be a demo key in production; choose your own, or set HOOKSHOP_DEMO=true';

    expect(faultsOf({ ...demo, NODE_ENV: 'production' })).toEqual([
      `SHOP_API_KEY ${fault}`,
      `PARTNER_API_KEY ${fault}`,
      `ADMIN_API_KEY ${fault}`,
    ]);
  });

  it('takes the demo keys in a production that says it is a demo', () => {
    expect(faultsOf({ ...demo, NODE_ENV: 'production', HOOKSHOP_DEMO: 'true' })).toEqual([]);
  });

  it('takes other keys in production', () => {
    expect(faultsOf({ NODE_ENV: 'production', ADMIN_API_KEY: 'sk_admin_4f9a1c7e' })).toEqual([]);
  });

  it('refuses a key that could not be sent or guessed too easily, without repeating it', () => {
    expect(faultsOf({ SHOP_API_KEY: 'short', ADMIN_API_KEY: 'with a space in it' })).toEqual([
      'SHOP_API_KEY must be 12 to 200 printable characters without spaces',
      'ADMIN_API_KEY must be 12 to 200 printable characters without spaces',
    ]);
  });
});
