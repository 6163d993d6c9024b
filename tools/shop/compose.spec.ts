import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { layout } from '../infrastructure/ports.mjs';
import { DEMO_SEALING_KEY } from '../../apps/gateway/src/outbound/sealing/is-sealing-keys.js';
import { passwordVariable } from '../nats-permissions/users-file.mjs';
import { root } from '../workspace/root.mjs';
import { portsOf } from './environment.mjs';
import { findServices } from './services.mjs';

interface Container {
  image?: string;
  build?: { args: { APP: string } };
  environment?: Record<string, string | number | null>;
  ports?: string[];
  user?: string;
  [guard: string]: unknown;
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const { services: containers } = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Container>;
};
const services = findServices(root);
const ports = layout(3000);

/** What a variable is when whoever starts the shop gives none: `${SHOP_API_KEY:-sk_shop_demo}`. */
const byDefault = (value: unknown): string => String(value).replaceAll(/\$\{\w+:?-([^}]*)\}/g, '$1');

/**
 * In containers every service has a host of its own: `${HOST}:${sandbox.SMTP_PORT}` is `sandbox:3025`, and whoever may
 * be reached on this machine is the sandbox.
 */
const inContainers = (demo: string): string =>
  demo
    .replace(/^127\.0\.0\.1,localhost,\$\{HOST\}$/, 'sandbox')
    .replaceAll(/\$\{HOST\}:\$\{([^}.]+)(?:\.([^}]+))?\}/g, (reference, name: string, variable = 'PORT') => {
      const named = services.find((service) => service.name === name);
      const port = named && (portsOf(named, ports, {}) as Record<string, string>)[variable];
      return port === undefined ? reference : `${name}:${port}`;
    });

describe.each(services)('$name in docker-compose.yml', (service) => {
  const container = containers[service.name] ?? {};
  const environment = container.environment ?? {};

  it('is built from its own app', () => {
    expect(container.build?.args).toEqual({ APP: service.name });
  });

  it('listens on the ports it has everywhere', () => {
    for (const [variable, port] of Object.entries(portsOf(service, ports, {}))) {
      expect(`${variable}=${environment[variable]}`).toBe(`${variable}=${port}`);
    }
    expect(environment).toMatchObject({ HOST: '0.0.0.0' });
  });

  it('has the demo variables it has with npm start, and whoever starts the shop may set them', () => {
    for (const [variable, demo] of Object.entries<string>(service.demo)) {
      if (demo.startsWith('{')) {
        // JSON cannot be a default there, for its braces: it is passed on when given.
        expect(environment).toHaveProperty(variable, null);
        continue;
      }
      expect(`${variable}=${byDefault(environment[variable])}`).toBe(`${variable}=${inContainers(demo)}`);
      expect(environment[variable]).toContain(`\${${variable}`);
    }
  });

  it('has every secret that npm start would make, and whoever starts the shop may set it', () => {
    for (const variable of service.generated) {
      expect(Buffer.from(byDefault(environment[variable]), 'base64')).toHaveLength(32);
      expect(environment[variable]).toContain(`\${${variable}`);
    }
  });

  it('connects to its own database as its own role, both made with the first start', () => {
    const { name } = service;

    expect(environment).toMatchObject({ DATABASE_URL: `postgres://${name}:demo-${name}@postgres:5432/${name}` });
    expect(String(containers.postgres?.environment?.DATABASES).split(' ')).toContain(name);
  });
});

describe.each(services.filter(({ usesBroker }) => usesBroker))('$name in docker-compose.yml', ({ name }) => {
  it('comes to the broker as its own user, with the password that the broker has', () => {
    const variable = passwordVariable(name);
    const password = `\${${variable}:-demo-${name}}`;

    expect(containers[name]?.environment).toMatchObject({ NATS_URL: `nats://${name}:${password}@nats:4222` });
    expect(containers.nats?.environment).toMatchObject({ [variable]: password });
  });
});

describe('docker-compose.yml', () => {
  const all = Object.entries(containers);

  it('seals with the key that the gateway refuses in production unless it is a demo', () => {
    expect(byDefault(containers.gateway?.environment?.['WEBHOOK_SEALING_KEYS'])).toBe(DEMO_SEALING_KEY);
  });

  it('gives the broker every password that its users file names, and the address to nobody else', () => {
    const named = read('docker/nats/users.conf').match(/(?<=\$)NATS_PASSWORD_\w+/g) ?? [];
    const given = Object.keys(containers.nats?.environment ?? {}).filter((name) => name.startsWith('NATS_PASSWORD_'));

    expect(given.sort()).toEqual([...named].sort());
    expect(read('docker/nats/nats.conf')).toContain('include "users.conf"');
    expect(containers.sandbox?.environment).not.toHaveProperty('NATS_URL');
  });

  it('builds nothing that is not an app', () => {
    const built = all.filter(([, { build }]) => build).map(([name]) => name);

    expect(built.sort()).toEqual(services.map(({ name }) => name).sort());
  });

  it.each(all)('gives %s no more than it needs', (_, container) => {
    expect(container).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      mem_limit: expect.stringMatching(/^\d+m$/),
      restart: 'unless-stopped',
    });
  });

  it('publishes ports on loopback only', () => {
    for (const port of all.flatMap(([, container]) => container.ports ?? [])) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('names the version of every image it does not build', () => {
    for (const { image } of Object.values(containers)) if (image) expect(image).toMatch(/:v?\d/);
  });
});

describe('Dockerfile', () => {
  it('runs the Node that npm start runs', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } };
    const bases = [...read('Dockerfile').matchAll(/^FROM node:(\d+)-/gm)].map(([, major]) => major);

    expect(new Set(bases)).toEqual(new Set([devDependencies.node.split('.')[0]]));
  });

  it('leaves root behind', () => {
    expect(read('Dockerfile')).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
  });
});
