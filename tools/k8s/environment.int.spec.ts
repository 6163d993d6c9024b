import { loadConfig } from '@hookshop/config';
import { layout } from '../infrastructure/ports.mjs';
import { configOf, readBy } from '../shop/config-classes.js';
import { portsOf } from '../shop/environment.mjs';
import { findServices } from '../shop/services.mjs';
import { root } from '../workspace/root.mjs';
import {
  describeRendered,
  isMigration,
  isService,
  type Manifest,
  ofKind,
  overlays,
  renderOverlay,
  serviceOf,
  type Workload,
  workloadsOf,
} from './manifests.js';

const services = findServices(root).map(({ name, ...rest }) => ({ name, ...rest }));
const local = renderOverlay('local');

const textOf = (secret: Manifest | undefined, key: string): string | undefined => {
  const encoded = (secret?.data as Record<string, string> | undefined)?.[key];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
};

/** What production refuses of the demo: any other will do as well. */
const others: Record<string, string> = {
  SHOP_API_KEY: 'sk_shop_0123456789',
  PARTNER_API_KEY: 'sk_partner_0123456789',
  ADMIN_API_KEY: 'sk_admin_0123456789',
  WEBHOOK_SEALING_KEYS: Buffer.alloc(32, 7).toString('base64'),
  STRIPE_WEBHOOK_SECRET: 'whsec_0123456789',
  CARRIER_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
};

/** The secrets of production are nobody's to see; in their place stand those of the demo, where they may. */
function secretText(objects: readonly Manifest[], name: string, key: string): string | undefined {
  const named = (from: readonly Manifest[]) => ofKind(from, 'Secret').find(({ metadata }) => metadata.name === name);
  if (named(objects)) return textOf(named(objects), key);
  return others[key] ?? textOf(named(local.objects), key);
}

/** As the kubelet makes it: in their order, `$(NAME)` being what was said of NAME before. */
function environmentOf({ pod }: Workload, objects: readonly Manifest[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const { name, value, valueFrom } of pod.containers[0]?.env ?? []) {
    const secret = valueFrom?.secretKeyRef;
    const text = secret ? secretText(objects, secret.name ?? '', secret.key) : (value ?? '');
    if (text === undefined) continue;
    environment[name] = text.replaceAll(
      /\$\((\w+)\)/g,
      (reference, before: string) => environment[before] ?? reference,
    );
  }
  return environment;
}

/** What another variable is made of. */
const parts = ({ pod }: Workload): string[] =>
  (pod.containers[0]?.env ?? []).flatMap(({ value = '' }) =>
    [...value.matchAll(/\$\((\w+)\)/g)].map(([, name]) => name!),
  );

describe.each(overlays)('k8s/overlays/%s', (overlay) => {
  const { objects } = renderOverlay(overlay);
  const workloads = workloadsOf(objects);
  const expected = services.filter(({ name }) => overlay === 'local' || name !== 'sandbox');

  describeRendered('its services', () => {
    it('are those of apps, each with a Job that migrates its database', () => {
      const names = expected.map(({ name }) => name).toSorted();

      expect(workloads.filter(isService).map(serviceOf).toSorted()).toEqual(names);
      expect(workloads.filter(isMigration).map(serviceOf).toSorted()).toEqual(names);
    });

    describe.each(expected)('$name', (service) => {
      const { name } = service;
      const serving = workloads.filter(isService).find((workload) => serviceOf(workload) === name)!;
      const migrating = workloads.filter(isMigration).find((workload) => serviceOf(workload) === name)!;

      it('has an environment that configures it', async () => {
        const config = loadConfig(await configOf(name), { NODE_ENV: 'production', ...environmentOf(serving, objects) });

        expect(config).toMatchObject({ host: '0.0.0.0', migrations: 'skip' });
      });

      it('is given no variable that it does not read', async () => {
        const read = readBy(await configOf(name));
        const given = Object.keys(environmentOf(serving, objects));

        expect(given.filter((variable) => !read.has(variable) && !parts(serving).includes(variable))).toEqual([]);
      });

      it('listens on the ports it has everywhere', () => {
        const ports = portsOf(service, layout(3000), {}) as Record<string, string>;
        const open = (serving.pod.containers[0]?.ports ?? []).map(({ containerPort }) => String(containerPort));

        expect(environmentOf(serving, objects)).toMatchObject(ports);
        expect(open.toSorted()).toEqual(Object.values(ports).toSorted());
      });

      it('connects to its own database as its own role, as does its Job', () => {
        const { DATABASE_URL } = environmentOf(serving, objects);
        const { host, pathname, username, searchParams } = new URL(DATABASE_URL!);

        expect([host, pathname, username]).toEqual(['postgres:5432', `/${name}`, name]);
        expect(environmentOf(migrating, objects).DATABASE_URL).toBe(DATABASE_URL);
        expect(searchParams.get('sslmode')).toBe(overlay === 'production' ? 'verify-full' : null);
      });

      if (name !== 'sandbox') {
        it('connects to the broker as its own user, with a password that no other has', () => {
          const { NATS_URL } = environmentOf(serving, objects);
          const password = serving.pod.containers[0]?.env?.find((entry) => entry.name === 'NATS_PASSWORD');

          expect(new URL(NATS_URL!)).toMatchObject({ username: name, host: 'nats:4222' });
          expect(password?.valueFrom?.secretKeyRef).toEqual({
            name: 'nats-passwords',
            key: `NATS_PASSWORD_${name.toUpperCase()}`,
          });
        });
      }

      if (overlay === 'local') {
        it('has the demo variables it has with npm start', () => {
          const given = environmentOf(serving, objects);
          // JSON with a schema is left to whoever wants that source.
          for (const variable of Object.keys(service.demo).filter((each) => each !== 'INBOUND_SOURCES')) {
            expect(Object.keys(given)).toContain(variable);
          }
        });
      }
    });
  });
});

describeRendered('k8s/overlays/production', () => {
  const { objects } = renderOverlay('production');
  const [cluster] = ofKind(objects, 'Cluster');
  const names = services.map(({ name }) => name).filter((name) => name !== 'sandbox');

  it('makes a role and a database for each service', () => {
    const { roles } = (
      cluster?.spec as { managed: { roles: { name: string; login: boolean; passwordSecret: object }[] } }
    ).managed;
    const databases = ofKind(objects, 'Database').map(({ spec }) => spec as { name: string; owner: string });

    expect(roles.toSorted(byName)).toEqual(
      names.map((name) => ({ name, login: true, passwordSecret: { name: `${name}-database` } })).toSorted(byName),
    );
    expect(databases.map(({ name, owner }) => ({ name, owner })).toSorted(byName)).toEqual(
      names.map((name) => ({ name, owner: name })).toSorted(byName),
    );
  });

  it('lets a role into the database of its name alone, and encrypted', () => {
    expect(cluster?.spec).toMatchObject({
      postgresql: { pg_hba: ['hostssl sameuser all all scram-sha-256', 'host all all all reject'] },
      certificates: { serverAltDNSNames: ['postgres'] },
      enableSuperuserAccess: false,
    });
  });

  it('keeps as many copies of the stream as there are brokers', () => {
    const brokers = ofKind(objects, 'StatefulSet').find(({ metadata }) => metadata.name === 'nats');

    for (const workload of workloadsOf(objects).filter(isService)) {
      expect(environmentOf(workload, objects).EVENTS_REPLICAS).toBe(
        String((brokers?.spec as { replicas: number }).replicas),
      );
    }
  });

  it('has connections for every instance that there may be, and those that replace them', () => {
    const most = [...ofKind(objects, 'ScaledObject'), ...ofKind(objects, 'HorizontalPodAutoscaler')].map(({ spec }) => {
      const { maxReplicaCount, maxReplicas } = spec as { maxReplicaCount?: number; maxReplicas?: number };
      return maxReplicaCount ?? maxReplicas!;
    });
    const { max_connections } = (cluster?.spec as { postgresql: { parameters: Record<string, string> } }).postgresql
      .parameters;
    // A pool of ten each, of one more while a version replaces another.
    const needed = most.reduce((sum, each) => sum + (each + 1) * 10, 0);

    expect(Number(max_connections)).toBeGreaterThanOrEqual(needed);
  });
});

const byName = (one: { name: string }, other: { name: string }): number => one.name.localeCompare(other.name);
