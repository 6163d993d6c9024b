import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../workspace/root.mjs';
import {
  containersOf,
  describeRendered,
  isMigration,
  isService,
  overlays,
  renderOverlay,
  workloadsOf,
} from './manifests.js';

/** Seconds a service may take from SIGTERM to its end; docker-compose.yml says of what they are made. */
const STOP_SECONDS = 40;

describe.each(overlays)('k8s/overlays/%s', (overlay) => {
  const workloads = workloadsOf(renderOverlay(overlay).objects);
  const all = workloads.map((workload) => [`${workload.kind} ${workload.name}`, workload] as const);
  const lasting = all.filter(([, { kind }]) => kind !== 'Job');

  describeRendered('its pods', () => {
    it.each(all)('%s runs within the restricted profile', (_, workload) => {
      const { pod } = workload;
      const { hostNetwork, hostPID, hostIPC, securityContext } = pod;

      expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(securityContext?.runAsUser).toBeGreaterThan(0);
      expect({ hostNetwork, hostPID, hostIPC }).toEqual({});
      for (const container of containersOf(workload)) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        for (const { hostPort } of container.ports ?? []) expect(hostPort).toBeUndefined();
      }
      for (const { name, ...volume } of pod.volumes ?? []) {
        expect([name, Object.keys(volume)]).toEqual([
          name,
          [expect.stringMatching(/^(configMap|emptyDir|projected|secret|persistentVolumeClaim)$/)],
        ]);
      }
    });

    it.each(all)('%s knows nothing of the cluster it runs in', (_, { pod }) => {
      expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
      expect(pod.serviceAccountName).not.toBe('default');
    });

    it.each(all)('%s says what it needs and may take', (_, workload) => {
      for (const { resources } of containersOf(workload)) {
        expect(resources).toEqual({
          requests: { cpu: expect.any(String), memory: expect.any(String) },
          limits: { cpu: expect.any(String), memory: expect.any(String) },
        });
      }
    });

    it.each(all)('%s runs an image of a certain version', (_, workload) => {
      for (const { image } of containersOf(workload)) expect(image).toMatch(/:v?\d[^:/]*$|@sha256:[0-9a-f]{64}$/);
    });

    it.each(lasting)('%s is asked whether it has started, lives and is ready', (_, workload) => {
      for (const container of containersOf(workload)) {
        const { startupProbe, livenessProbe, readinessProbe, ports = [] } = container;
        for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
          const { httpGet, tcpSocket, exec } = probe ?? {};
          const port = httpGet?.port ?? tcpSocket?.port;
          if (exec === undefined) expect(ports.map(({ name }) => name)).toContain(port);
        }
      }
    });

    it.each(lasting.filter(([, workload]) => isService(workload)))(
      '%s has time to finish what it began',
      (_, { pod }) => {
        const [{ livenessProbe, readinessProbe, lifecycle } = {}] = pod.containers;
        const before = lifecycle?.preStop?.sleep?.seconds ?? 0;

        expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(STOP_SECONDS + before + 5);
        expect([livenessProbe?.httpGet?.path, readinessProbe?.httpGet?.path]).toEqual(['/healthz', '/readyz']);
      },
    );

    it.each(lasting.filter(([, { name }]) => name === 'gateway'))(
      '%s still answers when its Service has not heard',
      (_, { pod }) => {
        expect(pod.containers[0]?.lifecycle?.preStop?.sleep?.seconds).toBeGreaterThan(0);
      },
    );

    it.each(lasting.filter(([, { name }]) => name === 'nats'))(
      '%s leaves as a lame duck, and is given the time',
      (_, { pod }) => {
        const conf = readFileSync(
          join(root, 'k8s', 'overlays', overlay, overlay === 'local' ? '' : 'nats', 'nats.conf'),
          'utf8',
        );
        const seconds = [...conf.matchAll(/^lame_duck_\w+: "(\d+)s"/gm)].reduce(
          (sum, [, each]) => sum + Number(each),
          0,
        );

        expect(pod.containers[0]?.lifecycle?.preStop?.exec?.command).toContain('ldm=/run/nats/nats.pid');
        expect(conf).toContain('pid_file: "/run/nats/nats.pid"');
        expect(seconds).toBeGreaterThanOrEqual(30);
        expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(seconds);
      },
    );

    it('migrates in Jobs, and not in what serves', () => {
      const modes = (which: typeof isService) =>
        workloads
          .filter(which)
          .map(({ pod }) => pod.containers[0]?.env?.find(({ name }) => name === 'MIGRATIONS')?.value);

      expect(new Set(modes(isService))).toEqual(new Set(['skip']));
      expect(new Set(modes(isMigration))).toEqual(new Set(['only']));
    });

    if (overlay === 'production') {
      it('names the Jobs of a version for it, since a Job cannot be changed', () => {
        for (const { name, pod } of workloads.filter(isMigration)) {
          const version = pod.containers[0]?.image?.split(':').at(-1) ?? '';
          expect(name).toMatch(new RegExp(`-${version.replaceAll('.', '-')}$`));
        }
      });
    }
  });
});

describeRendered('k8s', () => {
  it('runs the broker, the databases and the mailbox of docker compose', () => {
    const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    const images = workloadsOf(renderOverlay('local').objects)
      .flatMap(containersOf)
      .flatMap(({ image }) => (image?.startsWith('hookshop/') ? [] : image!));

    for (const image of images) expect(compose).toContain(`image: ${image}\n`);
  });
});
