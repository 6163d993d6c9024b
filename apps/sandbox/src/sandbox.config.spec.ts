import { loadConfig } from '@hookshop/config';
import { SandboxConfig } from './sandbox.config.js';

const environment = { PORT: '3010', DATABASE_URL: 'postgres://sandbox@127.0.0.1/sandbox' };

describe('SandboxConfig', () => {
  it('needs no broker and has a mail port of its own', () => {
    expect(loadConfig(SandboxConfig, environment)).toMatchObject({ port: 3010, smtpPort: 3025, hookshopDemo: false });
  });

  it('refuses production unless it is a demo', () => {
    const production = { ...environment, NODE_ENV: 'production' };

    expect(() => loadConfig(SandboxConfig, production)).toThrow(/HOOKSHOP_DEMO must be true/);
    expect(loadConfig(SandboxConfig, { ...production, HOOKSHOP_DEMO: 'true' }).hookshopDemo).toBe(true);
  });

  it('forwards mail to mail servers only', () => {
    expect(() => loadConfig(SandboxConfig, { ...environment, SMTP_FORWARD_URL: 'http://mailpit:1025' })).toThrow(
      /SMTP_FORWARD_URL must be a URL with a host, starting with smtp:/,
    );
    expect(loadConfig(SandboxConfig, { ...environment, SMTP_FORWARD_URL: 'smtp://mailpit:1025' }).smtpForwardUrl).toBe(
      'smtp://mailpit:1025',
    );
  });

  it('signs what it sends: each address needs the secret of its sender', () => {
    const sending = {
      ...environment,
      STRIPE_WEBHOOK_URL: 'http://gateway:3000/hooks/stripe',
      CARRIER_WEBHOOK_URL: 'http://gateway:3000/hooks/carrier',
    };
    const secrets = {
      STRIPE_WEBHOOK_SECRET: 'whsec_demo_stripe',
      CARRIER_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 1).toString('base64')}`,
    };

    expect(loadConfig(SandboxConfig, { ...sending, ...secrets })).toMatchObject({
      stripeWebhookSecret: [secrets.STRIPE_WEBHOOK_SECRET],
      carrierWebhookSecret: [secrets.CARRIER_WEBHOOK_SECRET],
    });
    expect(() => loadConfig(SandboxConfig, sending)).toThrow(
      /STRIPE_WEBHOOK_SECRET is not set[^]*CARRIER_WEBHOOK_SECRET is not set; it must be whsec_ and 24 to 64 bytes/,
    );
    expect(() => loadConfig(SandboxConfig, { ...sending, ...secrets, STRIPE_WEBHOOK_SECRET: 'sk_demo' })).toThrow(
      /STRIPE_WEBHOOK_SECRET must be the signing secret/,
    );
  });

  it.each([
    Buffer.alloc(32).toString('base64'),
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    `whsec_${Buffer.alloc(32).toString('base64').replace('=', '')}`,
    `whsec_${Buffer.alloc(30).toString('base64')} x`,
  ])('refuses %s as the secret of the carrier, and does not repeat it', (secret) => {
    const sending = { CARRIER_WEBHOOK_URL: 'http://gateway:3000/hooks/carrier', CARRIER_WEBHOOK_SECRET: secret };
    const load = () => loadConfig(SandboxConfig, { ...environment, ...sending });

    expect(load).toThrow(/CARRIER_WEBHOOK_SECRET must be whsec_/);
    expect(load).not.toThrow(secret);
  });

  it('needs to know who the partner is, once it is told where to register', () => {
    const registering = { ...environment, PARTNER_GATEWAY_URL: 'http://gateway:3000' };

    expect(loadConfig(SandboxConfig, environment)).toMatchObject({ partnerEventTypes: ['*'] });
    expect(() => loadConfig(SandboxConfig, registering)).toThrow(/PARTNER_WEBHOOK_URL is not set[^]*PARTNER_API_KEY/);
    expect(
      loadConfig(SandboxConfig, {
        ...registering,
        PARTNER_WEBHOOK_URL: 'http://sandbox:3010/partner/webhooks',
        PARTNER_API_KEY: 'sk_partner_demo',
        PARTNER_EVENT_TYPES: 'order.*,payment.captured.v1',
      }),
    ).toMatchObject({ partnerApiKey: 'sk_partner_demo', partnerEventTypes: ['order.*', 'payment.captured.v1'] });
  });
});
