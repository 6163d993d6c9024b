import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { INetworkPolicyPeer } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer';
import type { INetworkPolicyPort } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPort';
import { BlockList, isIPv6 } from 'node:net';
import { type Labels, matches } from './manifests.js';

/** One end of a connection: a pod of the shop's namespace, a pod of another, or an address outside. */
export interface Party {
  labels?: Labels;
  /** Labels of its namespace when it is another than the shop's. */
  namespace?: Labels;
  address?: string;
  /** Names of ports, as its containers give them. */
  ports?: Record<string, number>;
}

interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** Whether the policies let one reach a TCP port of the other; both ends must allow it. */
export function reaches(
  policies: readonly INetworkPolicy[],
  from: Party,
  to: Party,
  port: number,
  protocol = 'TCP',
): boolean {
  return (
    isAllowed(policies, 'Egress', from, to, { port, protocol, ports: to.ports }) &&
    isAllowed(policies, 'Ingress', to, from, { port, protocol, ports: to.ports })
  );
}

interface Wanted {
  port: number;
  protocol: string;
  ports?: Record<string, number>;
}

function isAllowed(
  policies: readonly INetworkPolicy[],
  direction: 'Ingress' | 'Egress',
  self: Party,
  other: Party,
  wanted: Wanted,
): boolean {
  // Whoever is no pod of this namespace is none of its policies' business.
  if (self.address !== undefined || self.namespace !== undefined) return true;
  const selecting = policies.filter(
    ({ spec }) => spec?.policyTypes?.includes(direction) && selects(spec.podSelector as Selector, self.labels),
  );
  if (selecting.length === 0) return true;
  return selecting.some(({ spec }) => {
    const rules =
      direction === 'Egress'
        ? (spec?.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }))
        : (spec?.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }));
    return rules.some(
      ({ peers, ports }) =>
        (peers === undefined || peers.some((peer) => isPeer(peer, other))) &&
        (ports === undefined || ports.some((allowed) => isPort(allowed, wanted))),
    );
  });
}

function isPeer({ ipBlock, namespaceSelector, podSelector }: INetworkPolicyPeer, party: Party): boolean {
  if (ipBlock) {
    const { address } = party;
    if (address === undefined || isIPv6(address) !== ipBlock.cidr.includes(':')) return false;
    return isWithin(address, [ipBlock.cidr]) && !isWithin(address, ipBlock.except ?? []);
  }
  if (party.address !== undefined) return false;
  const here = party.namespace === undefined;
  if (namespaceSelector ? here || !selects(namespaceSelector as Selector, party.namespace) : !here) return false;
  return podSelector === undefined || selects(podSelector as Selector, party.labels);
}

const isPort = ({ port, endPort, protocol = 'TCP' }: INetworkPolicyPort, wanted: Wanted): boolean => {
  const first = typeof port === 'string' ? wanted.ports?.[port] : port;
  return (
    protocol === wanted.protocol && first !== undefined && wanted.port >= first && wanted.port <= (endPort ?? first)
  );
};

const selects = ({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels = {}): boolean =>
  matches(matchLabels, labels) &&
  matchExpressions.every(({ key, operator, values = [] }) => {
    if (operator !== 'In') throw new Error(`The operator ${operator} is not known here: teach it, or use In`);
    return values.includes(labels[key] ?? '');
  });

function isWithin(address: string, ranges: readonly string[]): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [network, bits] = range.split('/');
    list.addSubnet(network!, Number(bits), isIPv6(network!) ? 'ipv6' : 'ipv4');
  }
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
