import fc from 'fast-check';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { isPublicUnicast } from '../../apps/gateway/src/outbound/sending/address-class.js';
import {
  describeRendered,
  isMigration,
  isService,
  ofKind,
  renderOverlay,
  serviceOf,
  workloadsOf,
} from './manifests.js';
import { type Party, reaches } from './reachability.js';

describeRendered('k8s/overlays/production', () => {
  const { objects } = renderOverlay('production');
  const policies = ofKind(objects, 'NetworkPolicy') as unknown as INetworkPolicy[];
  const workloads = workloadsOf(objects);
  const ports = (workload: (typeof workloads)[number]) =>
    Object.fromEntries(
      workload.pod.containers.flatMap((each) => (each.ports ?? []).map((p) => [p.name, p.containerPort])),
    );
  const party = (workload: (typeof workloads)[number]): Party => ({ labels: workload.labels, ports: ports(workload) });

  const services = Object.fromEntries(workloads.filter(isService).map((each) => [serviceOf(each), party(each)]));
  const migrations = workloads.filter(isMigration).map(party);
  const nats = party(workloads.find(({ name }) => name === 'nats')!);
  const postgres: Party = { labels: { 'cnpg.io/cluster': 'postgres' } };
  const named = (name: string) => ({ 'kubernetes.io/metadata.name': name });
  const dns: Party = { namespace: named('kube-system'), labels: { 'k8s-app': 'kube-dns' } };
  const ingress: Party = { namespace: { 'hookshop/role': 'ingress' }, labels: {} };
  const monitoring: Party = { namespace: { 'hookshop/role': 'monitoring' }, labels: {} };
  const keda: Party = { namespace: named('keda'), labels: { app: 'keda-operator' } };
  const operator: Party = { namespace: named('cnpg-system'), labels: { 'app.kubernetes.io/name': 'cloudnative-pg' } };
  const stranger: Party = { namespace: named('default'), labels: {} };
  const internet: Party = { address: '93.184.216.34' };
  const internet6: Party = { address: '2606:4700:4700::1111' };
  const inside: Party[] = [
    '10.96.0.1',
    '172.16.0.10',
    '192.168.1.1',
    '169.254.169.254',
    '100.100.0.1',
    '127.0.0.1',
    'fd00::1',
    'fe80::1',
  ].map((address) => ({ address }));
  const everybody = [...Object.values(services), ...migrations, nats, postgres];
  const port = (service: string): number => services[service]!.ports!.http!;
  const others = (...names: string[]) =>
    Object.entries(services)
      .filter(([name]) => !names.includes(name))
      .map(([, each]) => each);

  it('denies everything that is not said here', () => {
    expect(policies.map(({ spec }) => spec)).toContainEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  });

  it('lets everybody ask for names, and each service use the broker and the databases', () => {
    for (const from of everybody) expect(reaches(policies, from, dns, 53, 'UDP')).toBe(true);
    for (const service of Object.values(services)) {
      expect(reaches(policies, service, nats, 4222)).toBe(true);
      expect(reaches(policies, service, postgres, 5432)).toBe(true);
    }
    for (const migration of migrations) {
      expect(reaches(policies, migration, postgres, 5432)).toBe(true);
      expect(reaches(policies, migration, nats, 4222)).toBe(false);
    }
  });

  it('lets brokers and databases talk among themselves', () => {
    expect(reaches(policies, nats, nats, 6222)).toBe(true);
    expect(reaches(policies, postgres, postgres, 5432)).toBe(true);
    expect(reaches(policies, postgres, postgres, 8000)).toBe(true);
    expect(reaches(policies, nats, postgres, 5432)).toBe(false);
  });

  it('lets operators do their work, and nobody else', () => {
    expect(reaches(policies, operator, postgres, 8000)).toBe(true);
    expect(reaches(policies, keda, nats, 8222)).toBe(true);
    expect(reaches(policies, postgres, { address: '10.96.0.1' }, 443)).toBe(true);
    // What it has besides its operator asks no broker.
    const besideKeda: Party = { namespace: named('keda'), labels: { app: 'keda-admission-webhooks' } };
    for (const from of [ingress, stranger, besideKeda, ...Object.values(services)]) {
      expect(reaches(policies, from, nats, 8222)).toBe(false);
      expect(reaches(policies, from, postgres, 8000)).toBe(false);
    }
  });

  it('lets the ingress in to the gateway alone, and monitoring to the metrics', () => {
    for (const [name, service] of Object.entries(services)) {
      expect([name, reaches(policies, ingress, service, port(name))]).toEqual([name, name === 'gateway']);
      expect(reaches(policies, monitoring, service, port(name))).toBe(true);
      expect(reaches(policies, stranger, service, port(name))).toBe(false);
    }
    for (const from of [ingress, monitoring, stranger]) {
      expect(reaches(policies, from, nats, 4222)).toBe(false);
      expect(reaches(policies, from, postgres, 5432)).toBe(false);
    }
  });

  it('keeps services apart: they speak through the broker', () => {
    for (const from of Object.values(services)) {
      for (const name of Object.keys(services))
        expect(reaches(policies, from, services[name]!, port(name))).toBe(false);
    }
  });

  it('lets services send their traces to monitoring, and nothing else there', () => {
    for (const service of Object.values(services)) {
      expect(reaches(policies, service, monitoring, 4318)).toBe(true);
      for (const each of [80, 443, 3000, 4317, 9090]) expect(reaches(policies, service, monitoring, each)).toBe(false);
      expect(reaches(policies, service, ingress, 4318)).toBe(false);
    }
    for (const from of [...migrations, nats]) expect(reaches(policies, from, monitoring, 4318)).toBe(false);
  });

  it('lets each reach its third party, and nobody else', () => {
    for (const address of [internet, internet6]) {
      for (const name of ['payment', 'shipping']) {
        expect(reaches(policies, services[name]!, address, 443)).toBe(true);
        expect(reaches(policies, services[name]!, address, 80)).toBe(false);
      }
      for (const mail of [465, 587]) expect(reaches(policies, services.email!, address, mail)).toBe(true);
      expect(reaches(policies, services.email!, address, 443)).toBe(false);
      for (const url of [80, 443, 1024, 8443, 65_535])
        expect(reaches(policies, services.gateway!, address, url)).toBe(true);
      for (const url of [22, 25, 1023]) expect(reaches(policies, services.gateway!, address, url)).toBe(false);
      for (const from of [...others('payment', 'shipping', 'gateway'), ...migrations, nats]) {
        expect(reaches(policies, from, address, 443)).toBe(false);
      }
    }
  });

  it('has for public what the gateway has for it', () => {
    const edges = ['168.63.129.16', '192.88.99.1', '203.0.113.7', '2002:a00:1::', '2001::a00:1', '64:ff9b::a9fe:a9fe'];
    const address = fc.oneof(fc.constantFrom(...edges), fc.ipV4(), fc.ipV6());
    // Half of all random IPv6 addresses begin with something that nobody has: these do not.
    const likely = fc.tuple(
      fc.constantFrom('2001:0', '2001:db8', '2002', '2606', '3ffe', '3fff'),
      fc.integer({ max: 0xffff, min: 0 }),
    );
    const written = fc.oneof(
      address,
      likely.map(([front, back]) => `${front}:${back.toString(16)}::1`),
    );
    fc.assert(
      fc.property(written, (each) => {
        for (const [name, url] of [
          ['gateway', 443],
          ['payment', 443],
          ['shipping', 443],
          ['email', 465],
        ] as const)
          expect([each, name, reaches(policies, services[name]!, { address: each }, url)]).toEqual([
            each,
            name,
            isPublicUnicast(each),
          ]);
      }),
      { numRuns: 500 },
    );
  });

  it('lets no third party be one inside', () => {
    for (const address of inside) {
      for (const service of Object.values(services)) {
        for (const each of [80, 443, 587, 6443, 8222, 10_250])
          expect(reaches(policies, service, address, each)).toBe(false);
      }
    }
    for (const each of [80, 443, 8080]) expect(reaches(policies, services.gateway!, stranger, each)).toBe(false);
  });
});
