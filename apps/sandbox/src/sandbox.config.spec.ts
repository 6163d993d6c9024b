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
