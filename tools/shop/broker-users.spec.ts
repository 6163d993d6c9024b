import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { natsAddress } from '../infrastructure/nats-address.mjs';
import { brokerUsers } from './broker-users.mjs';

const order = { name: 'order', usesBroker: true };
const sandbox = { name: 'sandbox', usesBroker: false };

describe('the users of the broker', () => {
  let root: string;
  const secrets = () => join(root, 'secrets');

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'hookshop-users-'));
    mkdirSync(join(root, 'docker', 'nats'), { recursive: true });
    writeFileSync(
      join(root, 'docker', 'nats', 'users.conf'),
      '{ user: admin, password: $NATS_PASSWORD_ADMIN }\n{ user: order, password: $NATS_PASSWORD_ORDER }\n',
    );
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const users = (given: Record<string, string> = {}, services = [order, sandbox]) =>
    brokerUsers({ root, services, secrets: secrets(), given });

  it('have passwords that are made once and kept', () => {
    const { passwords } = users();

    expect(Object.keys(passwords)).toEqual(['NATS_PASSWORD_ADMIN', 'NATS_PASSWORD_ORDER']);
    expect(passwords['NATS_PASSWORD_ORDER']).not.toBe(passwords['NATS_PASSWORD_ADMIN']);
    expect(Buffer.from(passwords['NATS_PASSWORD_ORDER']!, 'base64')).toHaveLength(32);
    expect(users().passwords).toEqual(passwords);
  });

  it('have the passwords that were given', () => {
    expect(users({ NATS_PASSWORD_ORDER: 'chosen' }).passwords).toMatchObject({ NATS_PASSWORD_ORDER: 'chosen' });
    expect(readdirSync(secrets())).toEqual(['NATS_PASSWORD_ADMIN']);
  });

  it('reach the broker with their own password, whatever is in it', () => {
    const { urlFor } = users({ NATS_PASSWORD_ORDER: 'a/b@c:d+e%20=' });

    const url = urlFor('nats://127.0.0.1:4222', 'order');

    expect(natsAddress(url)).toEqual({ servers: '127.0.0.1:4222', user: 'order', pass: 'a/b@c:d+e%20=' });
  });

  it('are the operator’s, where nobody is named', () => {
    expect(natsAddress(users().urlFor('nats://127.0.0.1:4222')).user).toBe('admin');
  });

  it('must have one for every service that uses the broker', () => {
    const services = [order, sandbox, { name: 'audit', usesBroker: true }];

    expect(() => users({}, services)).toThrow(
      'no user for audit. Write docker/nats/users.conf with: npm run nats:perm',
    );
  });
});
