import { mkdtemp } from 'node:fs/promises';
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
}

/** A nats-server with JetStream of its own. */
export async function testBroker(): Promise<TestBroker> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookshop-nats-'));
  const server = await startNats({ dataDir, port: await freePort(), monitoringPort: await freePort() });
  return {
    url: server.url,
    monitoringUrl: server.monitoringUrl,
    storeDir: dataDir,
    kill: () => server.kill(),
    async restart() {
      await server.stop();
      await server.start();
    },
    async stop() {
      await server.stop();
      await server.remove();
    },
  };
}
