import { InvalidEnvironment, loadConfig } from '@hookshop/config';
import { EmailConfig } from './email.config.js';

const environment = {
  PORT: '3005',
  DATABASE_URL: 'postgres://localhost/email',
  NATS_URL: 'nats://localhost:4222',
  SMTP_URL: 'smtp://127.0.0.1:3025',
};

const faults = (more: NodeJS.ProcessEnv): string[] => {
  try {
    loadConfig(EmailConfig, { ...environment, ...more });
  } catch (error) {
    return (error as InvalidEnvironment).faults.map(({ variable }) => variable);
  }
  return [];
};

describe('the environment of email', () => {
  it('needs a mail server and has defaults for the rest', () => {
    expect(loadConfig(EmailConfig, environment)).toMatchObject({
      smtpUrl: 'smtp://127.0.0.1:3025',
      mailFrom: 'Hookshop <orders@hookshop.example>',
      smtpMaxConnections: 5,
      smtpTimeoutSeconds: 10,
      mailRetentionDays: 90,
    });
    expect(faults({ SMTP_URL: '' })).toEqual(['SMTP_URL']);
  });

  it('reads the pauses between attempts as a list', () => {
    expect(loadConfig(EmailConfig, { ...environment, MAIL_RETRY_SECONDS: '0.5, 2,30' }).mailRetrySeconds).toEqual([
      '0.5',
      '2',
      '30',
    ]);
  });

  it.each([
    { SMTP_URL: 'http://127.0.0.1' },
    { SMTP_MAX_CONNECTIONS: '0' },
    { SMTP_TIMEOUT_SECONDS: '0' },
    { MAIL_RETRY_SECONDS: '1,soon' },
    { MAIL_RETRY_SECONDS: '-1' },
    { MAIL_RETENTION_DAYS: '0' },
    { MAIL_FROM: 'Hookshop' },
    { MAIL_FROM: 'a@example.com, b@example.com' },
    { MAIL_FROM: 'Shop: a@example.com, b@example.com;' },
    { MAIL_FROM: 'Shop <a@example.com>\nBcc: b@example.com' },
  ])('refuses %j', (more) => {
    expect(faults(more)).toEqual(Object.keys(more));
  });
});
