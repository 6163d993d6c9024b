import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerConnection, STREAM } from '@hookshop/messaging';
import { createLogger } from '@hookshop/observability';
import { eventually } from '@hookshop/testing';
import { launch } from '../infrastructure/launch.mjs';
import { natsBinary } from '../infrastructure/nats-binary.mjs';
import { freePort } from '../infrastructure/ports.mjs';
import { secretsOfGuide } from './guide.js';
import { describeRendered, ofKind, overlays, type Overlay, renderOverlay } from './manifests.js';

/** What the server finds in its folder: the ConfigMaps that its volume is made of. */
function filesOf(overlay: Overlay): Record<string, string> {
  const maps = ofKind(renderOverlay(overlay).objects, 'ConfigMap').filter(({ metadata }) =>
    /^nats-/.test(metadata.name),
  );
  return Object.assign({}, ...maps.map(({ data }) => data as object)) as Record<string, string>;
}

interface Monitored {
  connect_urls?: string[];
  account_details?: { stream_detail?: { cluster?: { leader?: string } }[] }[];
}

const passwords = (): Record<string, string> =>
  secretsOfGuide().find(({ name }) => name === 'nats-passwords')?.values ?? {};

describeRendered('the brokers', () => {
  let home: string;
  let binary: string;
  const running: Awaited<ReturnType<typeof launch>>[] = [];

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'hookshop-brokers-'));
    binary = await natsBinary();
  });

  afterAll(async () => {
    await Promise.all(running.map((server) => server.end('SIGKILL', 5_000)));
    rmSync(home, { recursive: true, force: true });
  });

  const written = (name: string, files: Record<string, string>): string => {
    const folder = join(home, name);
    mkdirSync(folder);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    return join(folder, 'nats.conf');
  };

  it.each(overlays)('are configured by %s as nats-server wants it', (overlay) => {
    const { status, stderr } = spawnSync(binary, ['-t', '--config', written(`${overlay}-check`, filesOf(overlay))], {
      env: { ...passwords(), POD_NAME: 'nats-0' },
      encoding: 'utf8',
    });

    expect([status, stderr]).toEqual([0, expect.stringContaining('is valid')]);
  });

  it('know each other by the names that the StatefulSet gives them', () => {
    const [nats] = ofKind(renderOverlay('production').objects, 'StatefulSet');
    const { replicas, serviceName } = nats?.spec as { replicas: number; serviceName: string };
    const routes = filesOf('production')['nats.conf']?.match(/nats:\/\/[^"]+/g);

    expect(routes).toEqual(Array.from({ length: replicas }, (_, index) => `nats://nats-${index}.${serviceName}:6222`));
  });

  it('keep every fact on three servers, and go on when one is lost', async () => {
    const { 'nats.conf': conf = '', ...others } = filesOf('production');
    const places: { name: string; client: number; monitoring: number; routes: number }[] = [];
    for (let index = 0; index < 3; index++) {
      places.push({
        name: `nats-${index}`,
        client: await freePort(),
        monitoring: await freePort(),
        routes: await freePort(),
      });
    }
    for (const { name, client, monitoring, routes } of places) {
      const folder = join(home, name);
      // The same, but on one machine: other ports, other folders.
      const here = places
        .reduce((text, place) => text.replace(`${place.name}.nats-peers:6222`, `127.0.0.1:${place.routes}`), conf)
        .replace('0.0.0.0:4222', `127.0.0.1:${client}`)
        .replace('0.0.0.0:8222', `127.0.0.1:${monitoring}`)
        .replace('0.0.0.0:6222', `127.0.0.1:${routes}`)
        .replace('/run/nats/nats.pid', join(folder, 'nats.pid'))
        .replace('"/data"', JSON.stringify(join(folder, 'data')));
      running.push(
        await launch({
          command: binary,
          args: ['--config', written(name, { 'nats.conf': here, ...others })],
          env: { ...process.env, ...passwords(), POD_NAME: name },
          logFile: join(folder, 'nats.log'),
        }),
      );
    }
    const url = places
      .map(({ client }) => `nats://order:${passwords().NATS_PASSWORD_ORDER}@127.0.0.1:${client}`)
      .join(',');
    const log = createLogger('order', { logLevel: 'silent', nodeEnv: 'test' });
    const connection = new BrokerConnection(url, 'order', log, { replicas: 3 });
    try {
      const { jetstream, manager } = await connection.opened;
      await jetstream.publish('shop.order.placed.v1', 'one');
      const { config } = await manager.streams.info(STREAM);
      expect(config.num_replicas).toBe(3);

      // As KEDA asks for the lag: without addresses of pods it takes the servers' names, in front of nats-peers.
      const ask = async (path: string) =>
        (await fetch(`http://127.0.0.1:${places[1]!.monitoring}${path}`)).json() as Promise<Monitored>;
      expect((await ask('/varz')).connect_urls ?? []).toEqual([]);
      // Two of the three have acknowledged the fact; this one may be the third.
      const lag = await eventually(
        () => ask('/jsz?acc=$G&consumers=true&config=true'),
        ({ account_details }) => account_details?.[0]?.stream_detail?.[0]?.cluster?.leader !== undefined,
      );
      expect(lag).toMatchObject({
        meta_cluster: { cluster_size: 3 },
        account_details: [
          { name: '$G', stream_detail: [{ name: STREAM, cluster: { leader: expect.stringMatching(/^nats-[0-2]$/) } }] },
        ],
      });

      await running[0]!.end('SIGKILL', 5_000);

      // Until the client has moved and a leader is chosen, a fact is refused and waits in its outbox.
      const { seq } = await eventually(() => jetstream.publish('shop.order.placed.v1', 'two'), undefined, {
        timeoutMs: 40_000,
      });
      expect(seq).toBeGreaterThan(1);
      expect((await manager.streams.info(STREAM)).state.messages).toBe(seq);
    } finally {
      await connection.close();
    }
  }, 90_000);
});
