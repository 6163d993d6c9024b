import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { root } from '../workspace/root.mjs';

export const overlays = ['local', 'production'] as const;
export type Overlay = (typeof overlays)[number];
export type Labels = Record<string, string>;

/** An object as it would be applied. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Labels; annotations?: Labels };
  [field: string]: unknown;
}

/** The pods that an object makes. */
export interface Workload {
  kind: string;
  name: string;
  labels: Labels;
  pod: IPodSpec;
}

const kubectl = process.env.KUBECTL || 'kubectl';
const probe = spawnSync(kubectl, ['version', '--client'], { encoding: 'utf8' });

/** Why nothing can be rendered on this machine; undefined when it can. */
export const cannotRender =
  probe.status === 0
    ? undefined
    : `${kubectl} is not on this machine: install kubectl 1.31 or newer (https://kubernetes.io/docs/tasks/tools), or point KUBECTL at one`;

// Somebody without a cluster need not have it; whoever lets changes in must.
if (cannotRender && process.env.CI) throw new Error(cannotRender);

export interface Rendered {
  objects: Manifest[];
  /** What kubectl had to say beside it. */
  remarks: string;
}

/** What `kubectl apply -k` would apply; nothing where it cannot be rendered. */
export function render(path: string): Rendered {
  if (cannotRender) return { objects: [], remarks: '' };
  const { status, stdout, stderr } = spawnSync(kubectl, ['kustomize', join(root, path)], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  });
  if (status !== 0) throw new Error(`${path} cannot be rendered (it takes kubectl 1.31 or newer): ${stderr}`);
  return {
    objects: parseAllDocuments(stdout).map((document) => document.toJS() as Manifest),
    remarks: stderr,
  };
}

export const renderOverlay = (overlay: Overlay): Rendered => render(`k8s/overlays/${overlay}`);

/** Where nothing can be rendered there is nothing to look at: the report says so, and why. */
export function describeRendered(title: string, specs: () => void): void {
  if (!cannotRender) describe(title, specs);
  else describe(title, () => it.skip(`is not looked at: ${cannotRender}`, () => undefined));
}

export const ofKind = (objects: readonly Manifest[], ...kinds: string[]): Manifest[] =>
  objects.filter(({ kind }) => kinds.includes(kind));

export function workloadsOf(objects: readonly Manifest[]): Workload[] {
  return ofKind(objects, 'Deployment', 'StatefulSet', 'Job').map(({ kind, metadata, spec }) => {
    const { template } = spec as { template: { metadata: { labels: Labels }; spec: IPodSpec } };
    return { kind, name: metadata.name, labels: template.metadata.labels, pod: template.spec };
  });
}

export const containersOf = ({ pod }: Workload): IContainer[] => [...(pod.initContainers ?? []), ...pod.containers];

export const matches = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([name, value]) => labels[name] === value);

/** Whether it is one of ours, and not what they run on. */
export const isService = ({ labels }: Workload): boolean => labels['app.kubernetes.io/component'] === 'service';
export const isMigration = ({ labels }: Workload): boolean => labels['app.kubernetes.io/component'] === 'migrations';
export const serviceOf = ({ labels }: Workload): string => labels['app.kubernetes.io/name'] ?? '';
