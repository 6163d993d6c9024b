import { CannotStart } from '../infrastructure/cannot-start.mjs';

/** What a process needs of ours to run at all; nothing else of this process reaches a service unless it was given. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL'];

/** What the shop is given for its broker alone. */
const isBrokersOwn = (name) => name.startsWith('NATS_PASSWORD_');

/**
 * Environment of one service. What was given wins over its demo variables and over what was made for it; its own port
 * and its database are always the shop's, since a `PORT` for all would be wrong for all but one.
 *
 * @param {object} service of `findServices`
 * @param {{ services: object[], ports: object, given: Record<string, string | undefined>, databaseUrl: string,
 *   natsUrl?: string, secrets?: Record<string, string> }} shop `ports` of `layout()`, `secrets` of `generatedSecrets()`
 */
export function environmentOf(service, { services, ports, given, databaseUrl, natsUrl, secrets }) {
  const own = portsOf(service, ports, given);
  const demo = Object.fromEntries(
    Object.entries(service.demo).map(([name, value]) => [name, fill(value, { service, services, ports, given })]),
  );
  return {
    ...Object.fromEntries(inherited.map((name) => [name, process.env[name]])),
    HOST: '127.0.0.1',
    ...secrets,
    ...demo,
    ...Object.fromEntries(Object.entries(given).filter(([name]) => !isBrokersOwn(name))),
    ...own,
    DATABASE_URL: databaseUrl,
    NATS_URL: natsUrl,
  };
}

/** Every port of a service by the variable that tells it. */
export const portsOf = (service, ports, given) => ({
  ...Object.fromEntries(
    Object.entries(service.ports).map(([name, offset]) => [name, given[name] ?? String(ports.at(offset))]),
  ),
  PORT: String(ports.at(service.portOffset)),
});

/** Where a service can be called: listening everywhere is no address. */
export function callableHost(given) {
  const host = given.HOST || '127.0.0.1';
  return { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? host;
}

function fill(value, { service, services, ports, given }) {
  return value.replaceAll(/\$\{([^}.]+)(?:\.([^}]+))?\}/g, (reference, name, port = 'PORT') => {
    if (name === 'HOST') return callableHost(given);
    const named = services.find((known) => known.name === name);
    const found = named && portsOf(named, ports, given)[port];
    if (!found) throw new CannotStart(`apps/${service.name}/package.json: ${reference} names no port of a service.`);
    return found;
  });
}
