import { layout } from '../infrastructure/ports.mjs';
import { environmentOf } from './environment.mjs';

const service = (name: string, portOffset: number, more = {}) => ({
  name,
  main: `apps/${name}/dist/main.js`,
  portOffset,
  ports: {},
  demo: {},
  ...more,
});
const sandbox = service('sandbox', 10, { ports: { SMTP_PORT: 25 } });
const email = service('email', 5, {
  demo: { SMTP_URL: 'smtp://${HOST}:${sandbox.SMTP_PORT}', PROVIDER: 'http://${HOST}:${sandbox}' },
});

const environment = (of: typeof email, given: Record<string, string> = {}) =>
  environmentOf(of, {
    services: [email, sandbox],
    ports: layout(4000),
    given,
    databaseUrl: 'postgres://email@127.0.0.1/email',
    natsUrl: 'nats://127.0.0.1:4042',
    secrets: { SEALING_KEY: 'made once' },
  });

describe('the environment of a service', () => {
  it('has its ports, its database, the broker and its demo variables', () => {
    expect(environment(email)).toMatchObject({
      HOST: '127.0.0.1',
      PORT: '4005',
      DATABASE_URL: 'postgres://email@127.0.0.1/email',
      NATS_URL: 'nats://127.0.0.1:4042',
      SMTP_URL: 'smtp://127.0.0.1:4025',
      PROVIDER: 'http://127.0.0.1:4010',
    });
    expect(environment(sandbox)).toMatchObject({ PORT: '4010', SMTP_PORT: '4025' });
  });

  it('takes what was given over its demo variables', () => {
    const given = { SMTP_URL: 'smtp://mail.example.com', LOG_LEVEL: 'debug' };

    expect(environment(email, given)).toMatchObject(given);
  });

  it('follows a port that was given', () => {
    expect(environment(sandbox, { SMTP_PORT: '2525' })).toMatchObject({ SMTP_PORT: '2525' });
    expect(environment(email, { SMTP_PORT: '2525' })).toMatchObject({ SMTP_URL: 'smtp://127.0.0.1:2525' });
  });

  it('has the secrets made for it, and takes what was given over them', () => {
    expect(environment(email)).toMatchObject({ SEALING_KEY: 'made once' });
    expect(environment(email, { SEALING_KEY: 'given' })).toMatchObject({ SEALING_KEY: 'given' });
  });

  it('keeps its own port and database: one of each for all would be wrong for all but one', () => {
    const given = { PORT: '80', DATABASE_URL: 'postgres://elsewhere', NATS_URL: 'nats://elsewhere' };

    expect(environment(email, given)).toMatchObject({ PORT: '4005', DATABASE_URL: 'postgres://email@127.0.0.1/email' });
  });

  it('has no password of the broker but its own', () => {
    const given = { NATS_PASSWORD_ORDER: 'secret', LOG_LEVEL: 'debug' };

    expect(environment(email, given)).toMatchObject({ LOG_LEVEL: 'debug' });
    expect(environment(email, given)).not.toHaveProperty('NATS_PASSWORD_ORDER');
  });

  it('calls neighbours on loopback when services listen everywhere', () => {
    expect(environment(email, { HOST: '0.0.0.0' })).toMatchObject({
      HOST: '0.0.0.0',
      PROVIDER: 'http://127.0.0.1:4010',
    });
  });

  it('names the manifest whose variable leads nowhere', () => {
    const lost = service('lost', 7, { demo: { WHERE: 'http://${nowhere}' } });

    expect(() => environment(lost)).toThrow('apps/lost/package.json: ${nowhere} names no port of a service');
  });

  it('has nothing else of ours', () => {
    process.env['HOOKSHOP_STRAY'] = 'secret';

    expect(environment(email)).not.toHaveProperty('HOOKSHOP_STRAY');
    delete process.env['HOOKSHOP_STRAY'];
  });
});
