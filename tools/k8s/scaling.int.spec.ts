import 'reflect-metadata';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STREAM } from '@hookshop/messaging';
import { Reaction } from '../../libs/messaging/src/reactions/reaction.js';
import { findServices } from '../shop/services.mjs';
import { root } from '../workspace/root.mjs';
import { describeRendered, ofKind, renderOverlay } from './manifests.js';

/** The durable consumers of a service, by the classes that declare them. */
async function durablesOf(service: string): Promise<string[]> {
  const sources = globSync(`apps/${service}/src/**/*.ts`, { cwd: root })
    .filter((file) => !/\.spec\.ts$|\/testing\//.test(file))
    .map((file) => join(root, file))
    .filter((file) => /@Handles(Batch|Every)?\(/.test(readFileSync(file, 'utf8')));
  const modules = await Promise.all(sources.map((file) => import(file) as Promise<Record<string, unknown>>));
  return modules
    .flatMap((module) => Object.values(module))
    .filter((exported) => typeof exported === 'function')
    .flatMap(({ prototype }) => (prototype ? (Reaction.of(service, Object.create(prototype))?.durable ?? []) : []));
}

interface Trigger {
  type: string;
  metadata: Record<string, string>;
}

describeRendered('k8s/overlays/production', () => {
  const scaled = ofKind(renderOverlay('production').objects, 'ScaledObject').map(({ metadata, spec }) => ({
    name: metadata.name,
    triggers: (spec as { triggers: Trigger[] }).triggers.filter(({ type }) => type === 'nats-jetstream'),
  }));

  it('scales every service but the gateway by the lag of its reactions', () => {
    const reacting = findServices(root)
      .map(({ name }) => name)
      .filter((name) => !['gateway', 'sandbox'].includes(name));

    expect(scaled.map(({ name }) => name).toSorted()).toEqual(reacting.toSorted());
    for (const { triggers } of scaled) expect(triggers).not.toEqual([]);
  });

  // KEDA takes the length of the whole stream for the lag of a consumer that it does not find.
  it.each(scaled)('looks for $name at consumers that there are', async ({ name, triggers }) => {
    const durables = await durablesOf(name);

    for (const { metadata } of triggers) {
      expect(metadata).toMatchObject({ stream: STREAM, account: '$G' });
      expect(durables).toContain(metadata.consumer);
      expect(metadata.natsServerMonitoringEndpoint).toBe('nats-peers.hookshop.svc:8222');
    }
  });
});
