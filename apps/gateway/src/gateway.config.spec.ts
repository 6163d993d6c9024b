import { InvalidEnvironment, loadConfig } from '@hookshop/config';
import { GatewayConfig } from './gateway.config.js';
import { DEMO_SEALING_KEY } from './outbound/sealing/is-sealing-keys.js';

const sealingKey = Buffer.alloc(32, 7).toString('base64');

describe('the environment of the gateway', () => {
  const load = (more: NodeJS.ProcessEnv): GatewayConfig =>
    loadConfig(GatewayConfig, {
      PORT: '5400',
      DATABASE_URL: 'postgres://gateway@127.0.0.1/gateway',
      NATS_URL: 'nats://127.0.0.1',
      WEBHOOK_SEALING_KEYS: sealingKey,
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

  it('may leave out every API key', () => {
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

  describe('WEBHOOK_SEALING_KEYS', () => {
    const other = Buffer.alloc(32, 8).toString('base64');
    const makeOne = 'make one with `openssl rand -base64 32`';
    const faultOf = (number: number): string =>
      `WEBHOOK_SEALING_KEYS must be keys of exactly 32 bytes in base64, comma-separated; number ${number} is not; ${makeOne}`;

    it('takes several keys in their order', () => {
      expect(load({ WEBHOOK_SEALING_KEYS: `${other}, ${sealingKey}` }).webhookSealingKeys).toEqual([other, sealingKey]);
    });

    it('must hold a key, and says how to make one', () => {
      expect(faultsOf({ WEBHOOK_SEALING_KEYS: undefined })).toEqual([
        `WEBHOOK_SEALING_KEYS must hold at least one key; ${makeOne}`,
      ]);
    });

    it.each([
      ['31 bytes', Buffer.alloc(31, 7).toString('base64')],
      ['33 bytes', Buffer.alloc(33, 7).toString('base64')],
      ['no padding', sealingKey.replace('=', '')],
      ['the alphabet of URLs', Buffer.alloc(32, 0xff).toString('base64').replaceAll('/', '_')],
      ['hexadecimal digits', Buffer.alloc(32, 7).toString('hex')],
    ])('refuses a key of %s by its place, without repeating it', (_, wrong) => {
      expect(faultsOf({ WEBHOOK_SEALING_KEYS: wrong })).toEqual([faultOf(1)]);
      expect(faultsOf({ WEBHOOK_SEALING_KEYS: `${sealingKey},${wrong}` })).toEqual([faultOf(2)]);
    });

    it('takes the demo key while developing', () => {
      expect(faultsOf({ WEBHOOK_SEALING_KEYS: DEMO_SEALING_KEY })).toEqual([]);
    });

    it('refuses the demo key in production, wherever it stands', () => {
      const fault = `WEBHOOK_SEALING_KEYS must not hold the demo key in production; ${makeOne}, or set HOOKSHOP_DEMO=true`;
      const production = { NODE_ENV: 'production' };

      expect(faultsOf({ ...production, WEBHOOK_SEALING_KEYS: DEMO_SEALING_KEY })).toEqual([fault]);
      expect(faultsOf({ ...production, WEBHOOK_SEALING_KEYS: `${other},${DEMO_SEALING_KEY}` })).toEqual([fault]);
    });

    it('takes the demo key in a production that says it is a demo', () => {
      const demonstration = { NODE_ENV: 'production', HOOKSHOP_DEMO: 'true' };

      expect(faultsOf({ ...demonstration, WEBHOOK_SEALING_KEYS: DEMO_SEALING_KEY })).toEqual([]);
    });

    it('has a demo key that says what it is', () => {
      expect(Buffer.from(DEMO_SEALING_KEY, 'base64').toString()).toBe('hookshop demo sealing key public');
    });
  });
});
