import { readFileSync } from 'node:fs';
import { InvalidEnvironment, loadConfig } from '@hookshop/config';
import { GatewayConfig } from '../gateway.config.js';

const carrier = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const demoStripe = 'whsec_demo_stripe';
const demoCarrier = 'whsec_aG9va3Nob3AtZGVtby1jYXJyaWVyLXNlY3JldA==';
const hmac = { header: 'X-Signature', id: { header: 'X-Id' } };

describe('the environment of inbound webhooks', () => {
  const load = (more: NodeJS.ProcessEnv): GatewayConfig =>
    loadConfig(GatewayConfig, {
      PORT: '5400',
      DATABASE_URL: 'postgres://gateway@127.0.0.1/gateway',
      NATS_URL: 'nats://127.0.0.1',
      WEBHOOK_SEALING_KEYS: Buffer.alloc(32, 7).toString('base64'),
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

  it('may be empty: no secret, no source', () => {
    expect(load({})).toMatchObject({
      stripeWebhookSecret: [],
      carrierWebhookSecret: [],
      githubWebhookSecret: [],
      shopifyWebhookSecret: [],
      inboundReplayWindowHours: 24,
      inboundFailuresPerMinute: 60,
      inboundRetentionDays: 30,
    });
    expect(load({}).inboundSources).toBeUndefined();
  });

  it('takes several secrets of each sender', () => {
    const env = { STRIPE_WEBHOOK_SECRET: 'whsec_one, whsec_two', CARRIER_WEBHOOK_SECRET: `${carrier},${demoCarrier}` };

    expect(load(env)).toMatchObject({
      stripeWebhookSecret: ['whsec_one', 'whsec_two'],
      carrierWebhookSecret: [carrier, demoCarrier],
    });
  });

  it.each([
    ['without its prefix', carrier.slice('whsec_'.length), 'The key must start with whsec_'],
    ['that is no base64', 'whsec_!', 'The key must be padded base64 after whsec_, and nothing else'],
    ['that is too short', 'whsec_AAAA', 'The key must be 24 to 64 bytes in base64 after whsec_, and has 3'],
  ])('refuses a secret of the carrier %s, without repeating it', (_, secret, fault) => {
    const expected = [`CARRIER_WEBHOOK_SECRET is no secret of its sender: ${fault}`];

    expect(faultsOf({ CARRIER_WEBHOOK_SECRET: secret })).toEqual(expected);
    expect(faultsOf({ CARRIER_WEBHOOK_SECRET: `${carrier},${secret}` })).toEqual(expected);
  });

  it.each([
    ['STRIPE_WEBHOOK_SECRET', demoStripe],
    ['STRIPE_WEBHOOK_SECRET', `whsec_mine,${demoStripe}`],
    ['CARRIER_WEBHOOK_SECRET', demoCarrier],
  ])('refuses a demo secret in production: %s=%s', (variable, secret) => {
    const env = { [variable]: secret, NODE_ENV: 'production' };

    expect(faultsOf(env)).toEqual([
      `${variable} must not hold the demo secret in production; take the one that the sender shows, or set HOOKSHOP_DEMO=true`,
    ]);
    expect(faultsOf({ ...env, HOOKSHOP_DEMO: 'true' })).toEqual([]);
    expect(faultsOf({ ...env, NODE_ENV: 'development' })).toEqual([]);
  });

  it('names every fault of every variable at once, and shows no secret', () => {
    const sources = { esign: { secret: 'never shown', header: 'X Y' }, Crm: { secret: 'never shown', ...hmac } };
    const faults = faultsOf({
      STRIPE_WEBHOOK_SECRET: demoStripe,
      CARRIER_WEBHOOK_SECRET: 'never shown',
      INBOUND_SOURCES: JSON.stringify(sources),
      INBOUND_REPLAY_WINDOW_HOURS: '0',
      INBOUND_FAILURES_PER_MINUTE: '59',
      INBOUND_RETENTION_DAYS: 'long',
      NODE_ENV: 'production',
    });

    expect(faults.map((fault) => fault.split(' ', 1)[0]).sort()).toEqual([
      'CARRIER_WEBHOOK_SECRET',
      'INBOUND_FAILURES_PER_MINUTE',
      'INBOUND_REPLAY_WINDOW_HOURS',
      'INBOUND_RETENTION_DAYS',
      'INBOUND_SOURCES',
      'STRIPE_WEBHOOK_SECRET',
    ]);
    expect(faults).toContain(
      'INBOUND_SOURCES "esign": header must be the name of a header; "Crm": a name is 1 to 63 lower-case letters, digits and hyphens',
    );
    expect(faults.join()).not.toContain('never shown');
    expect(faults.join()).not.toContain(demoStripe);
  });

  it('refuses to remember ids for longer than receipts are kept', () => {
    const env = { INBOUND_REPLAY_WINDOW_HOURS: '49' };

    expect(faultsOf({ ...env, INBOUND_RETENTION_DAYS: '3' })).toEqual([]);
    expect(faultsOf({ ...env, INBOUND_RETENTION_DAYS: '2' })).toEqual([
      'INBOUND_REPLAY_WINDOW_HOURS must not be longer than receipts are kept; shorten it, or raise INBOUND_RETENTION_DAYS',
    ]);
  });

  it.each(['nonsense', '[]', '{"esign":'])('refuses the sources %j', (text) => {
    expect(faultsOf({ INBOUND_SOURCES: text })).toEqual(['INBOUND_SOURCES must be a JSON object of sources by name']);
  });

  it('takes what the shop starts with, and refuses all of it in production', () => {
    const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    const { demo } = (JSON.parse(file) as { hookshop: { demo: Record<string, string> } }).hookshop;
    const inbound = Object.fromEntries(
      Object.entries(demo).filter(([name]) => /^(STRIPE|CARRIER)_|^INBOUND_/.test(name)),
    );

    expect(Object.keys(inbound).sort()).toEqual(['CARRIER_WEBHOOK_SECRET', 'INBOUND_SOURCES', 'STRIPE_WEBHOOK_SECRET']);
    expect(faultsOf(inbound)).toEqual([]);
    expect(faultsOf({ ...inbound, NODE_ENV: 'production' })).toHaveLength(3);
    expect(faultsOf({ ...inbound, NODE_ENV: 'production', HOOKSHOP_DEMO: 'true' })).toEqual([]);
  });

  it('takes sources, also with the demo secret where it is a demo', () => {
    const env = { INBOUND_SOURCES: JSON.stringify({ esign: { secret: 'demo_esign_secret', ...hmac } }) };

    expect(faultsOf(env)).toEqual([]);
    expect(faultsOf({ ...env, NODE_ENV: 'production', HOOKSHOP_DEMO: 'true' })).toEqual([]);
    expect(faultsOf({ ...env, NODE_ENV: 'production' })).toHaveLength(1);
  });
});
