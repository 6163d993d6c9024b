import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart } from '../infrastructure/cannot-start.mjs';

/**
 * The services of the shop, as the `hookshop` field of each apps/<name>/package.json describes them:
 * `portOffset` (distance of its HTTP port from the port base), `ports` (more ports: variable → distance) and `demo`
 * (variables for a shop on one machine; `${sandbox}` stands for that service's port, `${sandbox.SMTP_PORT}` for one
 * of its other ports, `${HOST}` for where services listen) and `generated` (variables that hold a secret made at the
 * first start) and `broker` (what it does there that neither its module nor its contracts tell, see
 * docs/nats-permissions.md). So a new service needs no edit here.
 *
 * @returns {{ name: string, main: string, portOffset: number, ports: Record<string, number>,
 *   demo: Record<string, string>, generated: string[], usesBroker: boolean,
 *   broker: { signals?: string[], watches?: string[] } }[]}
 */
export function findServices(root) {
  const apps = join(root, 'apps');
  const services = readdirSync(apps)
    .map((name) => ({ name, manifest: join(apps, name, 'package.json') }))
    .filter(({ manifest }) => existsSync(manifest))
    .map(({ name, manifest }) => ({ name, ...described(manifest) }))
    .filter(({ ports }) => ports)
    .map((service) => ({ ...service, main: join(apps, service.name, 'dist', 'main.js') }));
  assertDistinctPorts(services);
  return services.sort((a, b) => a.portOffset - b.portOffset);
}

/** Nothing when it is no service. */
function described(manifest) {
  const { hookshop, dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
  if (!hookshop) return undefined;
  const { portOffset, ports = {}, demo = {}, generated = [], broker = {} } = hookshop;
  return { portOffset, ports, demo, generated, broker, usesBroker: '@hookshop/messaging' in dependencies };
}

function assertDistinctPorts(services) {
  const owners = new Map();
  for (const { name, portOffset, ports } of services) {
    for (const offset of [portOffset, ...Object.values(ports)]) {
      if (!Number.isInteger(offset))
        throw new CannotStart(`apps/${name}/package.json: a port offset is ${offset}, not a whole number.`);
      if (owners.has(offset)) {
        throw new CannotStart(
          `apps/${name} and apps/${owners.get(offset)} both claim the port offset ${offset} in their package.json.`,
        );
      }
      owners.set(offset, name);
    }
  }
}
