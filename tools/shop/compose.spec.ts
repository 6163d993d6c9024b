import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parse } from 'yaml';
import { layout } from '../infrastructure/ports.mjs';
import { DEMO_SEALING_KEY } from '../../apps/gateway/src/outbound/sealing/is-sealing-keys.js';
import { passwordVariable } from '../nats-permissions/users-file.mjs';
import { root } from '../workspace/root.mjs';
import { loadSettings } from '../../bench/load/load-settings.mjs';
import { configOf, readBy } from './config-classes.js';
import { portsOf } from './environment.mjs';
import { findServices } from './services.mjs';

interface Container {
  image?: string;
  build?: { args?: { APP: string }; target?: string };
  environment?: Record<string, string | number | null>;
  ports?: string[];
  user?: string;
  healthcheck?: { test: string[] };
  [guard: string]: unknown;
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const { services: containers } = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Container>;
};
const services = findServices(root);
const ports = layout(3000);

/** Ends when it has given the broker its volume. */
const GIVER = 'nats-volume';

/** An image of others that is made to be root and to write beside its programs: to look with, in a profile of its own. */
const WATCHER = 'observability';

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

  it('is given no variable that it does not read', async () => {
    const read = readBy(await configOf(service.name));

    expect(Object.keys(environment).filter((variable) => !read.has(variable))).toEqual([]);
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

  it('builds nothing but the apps, and the load for whoever asks for it', () => {
    const built = all.filter(([, { build }]) => build).map(([name]) => name);

    expect(built.sort()).toEqual([...services.map(({ name }) => name), 'load'].sort());
    expect(containers.load).toMatchObject({ build: { target: 'load' }, profiles: ['load'] });
  });

  it('gives the load no variable that it does not read', () => {
    const read = new Set<string>();
    loadSettings(new Proxy({}, { get: (_, name) => void read.add(String(name)) }));

    expect(Object.keys(containers.load?.environment ?? {}).sort()).toEqual([...read].sort());
  });

  it.each(all)('gives %s no more than it needs', (name, container) => {
    expect(container).toMatchObject({
      read_only: name !== WATCHER,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      mem_limit: expect.stringMatching(/^\d+m$/),
      pids_limit: expect.any(Number),
      restart: name === GIVER ? 'no' : 'unless-stopped',
    });
    expect(container).not.toHaveProperty('privileged');
  });

  it('runs as root only who gives a volume away: once, with no more rights than that takes, and no network', () => {
    // Images that are built here leave root behind themselves.
    const asRoot = all.filter(
      ([name, { build, user }]) => name !== WATCHER && !build && /^(?:root|0)?(?::|$)/.test(user ?? ''),
    );
    const withRights = all.filter(([, container]) => container.cap_add !== undefined);

    expect([asRoot, withRights].map((some) => some.map(([name]) => name))).toEqual([[GIVER], [GIVER]]);
    expect(containers[GIVER]).toMatchObject({ cap_add: ['CHOWN', 'DAC_READ_SEARCH'], network_mode: 'none' });
  });

  it.each(all.filter(([, { build }]) => !build).filter(([name]) => ![GIVER, WATCHER].includes(name)))(
    'asks %s for its health without a shell',
    (_, { healthcheck }) => {
      expect(healthcheck?.test[0]).toBe('CMD');
      expect(healthcheck?.test[1]).not.toMatch(/(?:^|\/)(?:ba|da|a)?sh$/);
    },
  );

  it('publishes ports on loopback only', () => {
    for (const port of all.flatMap(([, container]) => container.ports ?? [])) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('names the version of every image it does not build', () => {
    for (const { image } of Object.values(containers)) if (image) expect(image).toMatch(/:v?\d/);
  });
});

describe('Dockerfile', () => {
  const dockerfile = read('Dockerfile');
  /** Each stage by its name, the last one by nothing. */
  const stages = dockerfile.split(/^(?=FROM )/m).slice(1);
  const images = stages.filter((stage) => /^(?:CMD|HEALTHCHECK)/m.test(stage));

  it('runs the Node that npm start runs', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } };
    const bases = [...dockerfile.matchAll(/^FROM (?:--platform=\S+ )?node:(\d+)-/gm)].map(([, major]) => major);

    expect(bases.length).toBeGreaterThan(3);
    expect(new Set(bases)).toEqual(new Set([devDependencies.node.split('.')[0]]));
  });

  it('leaves root behind in the images of the apps and of the load', () => {
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
  });

  it('needs no home of whoever builds: packages and the npmrc lie where every user finds them', () => {
    expect(dockerfile).not.toMatch(/\/root\b|\/home\b|~\/|\$HOME/);
    expect(dockerfile.match(/--mount=type=secret\S*/g)).toEqual(Array(2).fill('--mount=type=secret,id=npmrc'));
    expect(dockerfile.match(/--userconfig \/run\/secrets\/npmrc/g)).toHaveLength(2);
  });

  it('runs nothing in an image, so that one for another platform is made without emulation', () => {
    for (const image of images) {
      expect(image).toMatch(/^FROM node:/);
      expect(image).not.toMatch(/^RUN /m);
    }
    for (const stage of stages.filter((each) => !images.includes(each))) {
      expect(stage).toMatch(/^FROM (?:--platform=\$BUILDPLATFORM node:|(?:packages|build) )/);
    }
  });

  it('asks for health and starts without a shell', () => {
    const commands = [...dockerfile.matchAll(/(?:^|\s)CMD (.*)$/gm)].map(([, command]) => command!);

    expect(commands).toHaveLength(3);
    for (const command of commands) expect((JSON.parse(command) as string[])[0]).toBe('node');
  });

  it('copies into the image of the load all that it imports', () => {
    const [image] = images.filter((stage) => stage.includes(' AS load'));
    const copied = [...image!.matchAll(/^COPY (bench\/\S+)/gm)].map(([, path]) => path!);
    const packages = [...image!.matchAll(/\/shop\/node_modules\/(\S+) /g)].map(([, name]) => name!);
    const { files, bare } = importedBy('bench/load/main.mjs');

    expect([...files].filter((file) => !copied.some((path) => file === path || file.startsWith(`${path}/`)))).toEqual(
      [],
    );
    expect([...bare].filter((name) => !name.startsWith('node:'))).toEqual(packages);
    const kept = read('.dockerignore').split('\n');
    for (const path of copied) expect(kept).toContain(`!${path}`);
  });
});

/** The files that a module imports, itself included, and what it imports by name. */
function importedBy(file: string, files = new Set<string>(), bare = new Set<string>()) {
  if (files.has(file)) return { files, bare };
  files.add(file);
  for (const [, name] of read(file).matchAll(/^import .* from '([^']+)';$/gm)) {
    if (name!.startsWith('.')) importedBy(posix.join(posix.dirname(file), name!), files, bare);
    else bare.add(name!);
  }
  return { files, bare };
}
