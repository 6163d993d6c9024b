import { guide, secretsOfGuide } from './guide.js';
import {
  containersOf,
  describeRendered,
  type Labels,
  type Manifest,
  matches,
  ofKind,
  overlays,
  renderOverlay,
  workloadsOf,
} from './manifests.js';
import { unknownFields, validate } from './schemas.js';

const known = (objects: readonly Manifest[], kind: string): string[] =>
  ofKind(objects, kind).map(({ metadata }) => metadata.name);
/** What CloudNativePG makes for the cluster "postgres". */
const madeByOperator = ['postgres-ca'];

describe.each(overlays)('k8s/overlays/%s', (overlay) => {
  const { objects, remarks } = renderOverlay(overlay);
  const workloads = workloadsOf(objects);
  const named = objects.map((object) => [`${object.kind} ${object.metadata.name}`, object] as const);

  describeRendered('as it would be applied', () => {
    it('is rendered without a remark', () => expect(remarks).toBe(''));

    it.each(named)('%s fits the schema of its kind', async (_, object) => {
      await expect(validate(object)).resolves.toBeUndefined();
    });

    it('has no field that its schema does not know', () => expect(unknownFields(objects)).toEqual([]), 60_000);

    it('is all in one namespace, and nothing twice', () => {
      const places = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`);

      expect(new Set(places).size).toBe(places.length);
      for (const { kind, metadata } of objects) {
        expect(metadata).toMatchObject(kind === 'Namespace' ? { name: 'hookshop' } : { namespace: 'hookshop' });
      }
    });

    it('admits restricted pods only', () => {
      expect(ofKind(objects, 'Namespace')[0]?.metadata.labels).toMatchObject({
        'pod-security.kubernetes.io/enforce': 'restricted',
      });
    });

    it('has no port of a Service without a pod that has it', () => {
      for (const { metadata, spec } of ofKind(objects, 'Service')) {
        const { selector, ports } = spec as { selector: Labels; ports: { targetPort: string }[] };
        const behind = workloads.filter(({ labels }) => matches(selector, labels));
        expect([metadata.name, behind.length]).toEqual([metadata.name, 1]);
        const open = behind
          .flatMap(containersOf)
          .flatMap((container) => (container.ports ?? []).map(({ name }) => name));
        for (const { targetPort } of ports) expect(open).toContain(targetPort);
      }
    });

    it('selects with every Deployment and StatefulSet the pods that it makes', () => {
      for (const { kind, metadata, spec } of ofKind(objects, 'Deployment', 'StatefulSet')) {
        const { selector, serviceName } = spec as { selector: { matchLabels: Labels }; serviceName?: string };
        const selected = workloads.filter(({ labels }) => matches(selector.matchLabels, labels));
        expect(selected.map(({ name }) => name)).toEqual([metadata.name]);
        if (kind === 'StatefulSet') expect(known(objects, 'Service')).toContain(serviceName);
      }
    });

    it('has what every pod refers to', () => {
      for (const { name, pod } of workloads) {
        expect([name, known(objects, 'ServiceAccount')]).toEqual([
          name,
          expect.arrayContaining([pod.serviceAccountName]),
        ]);
        const projected = (pod.volumes ?? []).flatMap((volume) => [volume, ...(volume.projected?.sources ?? [])]);
        const configMaps = projected.flatMap(({ configMap }) => configMap?.name ?? []);
        expect([name, known(objects, 'ConfigMap')]).toEqual([name, expect.arrayContaining(configMaps)]);
      }
    });

    it('has every Secret it needs, or the guide makes it', () => {
      const made =
        overlay === 'production'
          ? new Map(secretsOfGuide().map(({ name, values }) => [name, Object.keys(values)]))
          : new Map(
              ofKind(objects, 'Secret').map(({ metadata, data }) => [metadata.name, Object.keys(data as object)]),
            );

      for (const { secret, key, optional } of secretsOf(objects)) {
        if (madeByOperator.includes(secret)) continue;
        expect([...made.keys()]).toContain(secret);
        if (key !== undefined && !optional)
          expect([secret, made.get(secret)]).toEqual([secret, expect.arrayContaining([key])]);
        if (overlay === 'production' && key !== undefined && optional) expect(guide).toContain(key);
      }
    });

    if (overlay === 'production') {
      it('takes passwords that neither a URL nor the broker reads as anything else', () => {
        for (const { name, type, values } of secretsOfGuide()) {
          if (name.endsWith('-database'))
            expect({ type, username: values.username }).toEqual({
              type: 'kubernetes.io/basic-auth',
              username: name.replace('-database', ''),
            });
          // The broker would take one that begins like a number for a number.
          if (name === 'nats-passwords')
            for (const value of Object.values(values)) expect(value).toMatch(/^[a-z][a-z0-9]+$/);
        }
      });

      it('holds no secret', () => {
        expect(known(objects, 'Secret')).toEqual([]);
        for (const container of workloads.flatMap(containersOf)) {
          for (const { name, value } of container.env ?? []) {
            if (/PASSWORD|SECRET|KEY/.test(name)) expect([name, value]).toEqual([name, undefined]);
            expect(value ?? '').not.toMatch(/demo|:\/\/[^:/]+:[^$@][^@]*@/);
          }
        }
      });

      it('scales what exists, and each once', () => {
        const scaled = [...ofKind(objects, 'ScaledObject'), ...ofKind(objects, 'HorizontalPodAutoscaler')].map(
          ({ spec }) => (spec as { scaleTargetRef: { name: string } }).scaleTargetRef.name,
        );
        expect(scaled.toSorted()).toEqual(known(objects, 'Deployment').toSorted());
        // What an autoscaler decides must not be decided by every apply again.
        for (const { spec } of ofKind(objects, 'Deployment')) expect(spec).not.toHaveProperty('replicas');
      });

      it('lets no disruption take more than one of anything that runs', () => {
        const covered = ofKind(objects, 'PodDisruptionBudget').map(({ spec }) => {
          const { maxUnavailable, selector } = spec as { maxUnavailable: number; selector: { matchLabels: Labels } };
          expect(maxUnavailable).toBe(1);
          return workloads.filter(({ labels }) => matches(selector.matchLabels, labels)).map(({ name }) => name);
        });
        const running = workloads.filter(({ kind }) => kind !== 'Job').map(({ name }) => name);

        expect(covered.toSorted()).toEqual(running.toSorted().map((name) => [name]));
      });

      it('leaves one of everything when a disruption takes one', () => {
        const least = [
          ...ofKind(objects, 'ScaledObject', 'HorizontalPodAutoscaler').map(({ metadata, spec }) => {
            const { minReplicaCount, minReplicas } = spec as { minReplicaCount?: number; minReplicas?: number };
            return [metadata.name, minReplicaCount ?? minReplicas ?? 0] as const;
          }),
          ...ofKind(objects, 'StatefulSet').map(
            ({ metadata, spec }) => [metadata.name, (spec as { replicas: number }).replicas] as const,
          ),
        ];

        expect(least.length).toBeGreaterThan(7);
        expect(least.filter(([, replicas]) => replicas < 2)).toEqual([]);
      });

      it('spreads everything that runs over nodes and zones', () => {
        for (const { name, labels, pod } of workloads.filter(({ kind }) => kind !== 'Job')) {
          const spread = pod.topologySpreadConstraints ?? [];
          expect([name, spread.map(({ topologyKey }) => topologyKey)]).toEqual([
            name,
            ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'],
          ]);
          for (const { labelSelector } of spread)
            expect(matches(labelSelector!.matchLabels as Labels, labels)).toBe(true);
        }
      });

      it('lets the world in to the gateway alone, encrypted', () => {
        const [ingress, ...others] = ofKind(objects, 'Ingress');
        const { tls, rules } = ingress?.spec as {
          tls: { hosts: string[]; secretName: string }[];
          rules: { host: string; http: { paths: { path: string; backend: { service: { name: string } } }[] } }[];
        };
        const paths = rules.flatMap(({ http }) => http.paths);

        expect(others).toEqual([]);
        expect(tls.flatMap(({ hosts }) => hosts)).toEqual(rules.map(({ host }) => host));
        expect(new Set(paths.map(({ backend }) => backend.service.name))).toEqual(new Set(['gateway']));
        // Its health and its metrics are at /healthz, /readyz and /metrics: for probes and Prometheus.
        expect(paths.map(({ path }) => path)).toEqual(['/v1', '/hooks', '/docs', '/openapi.json', '/asyncapi.json']);
        for (const { spec } of ofKind(objects, 'Service')) {
          expect((spec as { type?: string }).type ?? 'ClusterIP').toBe('ClusterIP');
        }
      });
    }
  });
});

/** Every Secret that something refers to, and the key of it. */
function secretsOf(objects: readonly Manifest[]): { secret: string; key?: string; optional?: boolean }[] {
  const found: { secret: string; key?: string; optional?: boolean }[] = [];
  JSON.stringify(objects, (field, value) => {
    if (field === 'secretKeyRef') found.push({ secret: value.name, key: value.key, optional: value.optional });
    if (field === 'secretRef' || field === 'passwordSecret') found.push({ secret: value.name });
    if (field === 'secretName') found.push({ secret: value });
    return value;
  });
  return found;
}
