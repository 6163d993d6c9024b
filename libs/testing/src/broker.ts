import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats } from '../../../tools/infrastructure/nats.mjs';
import { freePort } from '../../../tools/infrastructure/ports.mjs';

export interface TestBroker {
  url: string;
  monitoringUrl: string;
  /** Where it keeps its streams; for specs that damage them while it is down. */
  storeDir: string;
  /** Stops it as an operator would and deletes its store. */
  stop(): Promise<void>;
  /** SIGKILL; its store and its address are kept for `restart`. */
  kill(): Promise<void>;
  /** Starts it again where it was; when it runs, it is stopped as an operator would first. */
  restart(): Promise<void>;
  /** Gives it other users while it runs, as an operator would; it must have been started with some. */
  changeUsers(configuration: string): Promise<void>;
}

export interface BrokerUsers {
  /** Who may do what, as nats-server reads it. */
  file: string;
  /** Passwords by the variables that the file names. */
  passwords: Record<string, string>;
}

/** A nats-server with JetStream of its own; without users everybody may do everything. */
export async function testBroker({ users }: { users?: BrokerUsers } = {}): Promise<TestBroker> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookshop-nats-'));
  const ports = { port: await freePort(), monitoringPort: await freePort() };
  const server = await startNats({ dataDir, ...ports, ...(users && { users }) });
  return {
    url: server.url,
    monitoringUrl: server.monitoringUrl,
    storeDir: dataDir,
    kill: () => server.kill(),
    async restart() {
      await server.stop();
      await server.start();
    },
    async changeUsers(configuration) {
      await writeFile(join(dataDir, 'users.conf'), configuration);
      server.process.signal('SIGHUP');
    },
    async stop() {
      await server.stop();
      await server.remove();
    },
  };
}
