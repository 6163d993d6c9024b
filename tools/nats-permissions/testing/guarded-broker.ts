import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testBroker, type TestBroker } from '@hookshop/testing';
import { connect, type NatsConnection, PermissionViolationError } from '@nats-io/transport-node';
import { natsAddress } from '../../infrastructure/nats-address.mjs';
import { root } from '../../workspace/root.mjs';

const file = join(root, 'docker', 'nats', 'users.conf');
const variables = readFileSync(file, 'utf8').match(/(?<=\$)NATS_PASSWORD_\w+/g) ?? [];
/** With everything in it that a configuration or a URL could stumble over. */
const passwordOf = (variable: string): string => `4e2 "${variable}" #@/:+$\\=`;

/** A broker that lets in only the users of docker/nats/users.conf, each to what it may do. */
export class GuardedBroker {
  private readonly connections: NatsConnection[] = [];

  private constructor(private readonly broker: TestBroker) {}

  static async start(): Promise<GuardedBroker> {
    const passwords = Object.fromEntries(variables.map((variable) => [variable, passwordOf(variable)]));
    return new GuardedBroker(await testBroker({ users: { file, passwords } }));
  }

  get openUrl(): string {
    return this.broker.url;
  }

  urlFor(user: string): string {
    const url = new URL(this.broker.url);
    url.username = user;
    url.password = encodeURIComponent(passwordOf(`NATS_PASSWORD_${user.toUpperCase()}`));
    return url.href;
  }

  async connect(user: string): Promise<NatsConnection> {
    const connection = await connect({ ...natsAddress(this.urlFor(user)), inboxPrefix: `_INBOX_${user}` });
    this.connections.push(connection);
    return connection;
  }

  async stop(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.close()));
    await this.broker.stop();
  }
}

/** Whether the broker lets somebody publish there; what becomes of it does not matter. */
export async function mayPublish(connection: NatsConnection, subject: string): Promise<boolean> {
  const outcome = await connection.request(subject, '{}', { timeout: 2_000 }).catch((error: Error) => error);
  return !(outcome instanceof Error && outcome.cause instanceof PermissionViolationError);
}

/** Whether the broker lets somebody listen there. */
export async function mayHear(connection: NatsConnection, subject: string, queue?: string): Promise<boolean> {
  const subscription = connection.subscribe(subject, { callback: () => undefined, ...(queue && { queue }) });
  // The broker answers a ping once it has refused what it refuses.
  await connection.flush();
  const heard = !subscription.isClosed();
  subscription.unsubscribe();
  return heard;
}
