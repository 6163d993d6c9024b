import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { jest } from '@jest/globals';
import { eventually } from '@hookshop/testing';
import { isNeeded } from '../docker/needed.mjs';
import { ensureDatabases } from './infrastructure/databases.mjs';
import { freePort } from './infrastructure/ports.mjs';
import { startPostgres } from './infrastructure/postgres.mjs';
import { productionPackages } from './sbom/production-packages.mjs';
import { findServices } from './shop/services.mjs';
import { scratchFolder } from './testing/scratch-folder.mjs';
import { node, root } from './workspace/root.mjs';

// Copies packages and boots services, on machines that are busy with other specs.
jest.setTimeout(120_000);

/** What an image may add to the one it is built on. */
const mostBytes = 80 * 1024 ** 2;

const services = findServices(root);
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, object> };
const scratch = scratchFolder();
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let databases: Record<string, string>;
let running: ChildProcess | undefined;

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: join(scratch.folder, 'postgres'), port: await freePort(), fsync: false });
  databases = await ensureDatabases(
    postgres.adminUrl,
    services.map(({ name }) => name),
  );
});
afterEach(async () => {
  if (running?.exitCode === null && running.signalCode === null) {
    running.kill('SIGKILL');
    await once(running, 'exit');
  }
});
afterAll(async () => {
  await postgres.stop();
  scratch.remove();
});

/** As the Dockerfile does it, with the packages that are installed here instead of freshly installed ones. */
function buildImage(app: string): string {
  const [image, production] = ['image', 'production'].map((part) => join(scratch.folder, app, part)) as [
    string,
    string,
  ];
  const folders = [...productionPackages(lock, app).keys()].filter((folder) => folder.includes('node_modules/'));
  for (const folder of folders) {
    const filter = (file: string): boolean => {
      const path = relative(root, file).replaceAll(sep, '/');
      return (
        !path.slice(folder.length).includes('node_modules') && isNeeded(path.slice(path.indexOf('node_modules/') + 13))
      );
    };
    cpSync(join(root, folder), join(production, folder), { recursive: true, filter });
  }
  mkdirSync(image, { recursive: true });
  renameSync(join(production, 'node_modules'), join(image, 'node_modules'));
  const assembled = spawnSync(node, ['docker/assemble.mjs', `@hookshop/${app}`, production, image], { cwd: root });
  expect(assembled.stderr.toString()).toBe('');
  return image;
}

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((bytes, { parentPath, name }) => bytes + statSync(join(parentPath, name)).size, 0);
}

const demoOf = (demo: Record<string, string>, port: number): Record<string, string> =>
  Object.fromEntries(
    Object.entries(demo).map(([name, value]) => [
      name,
      value.replaceAll('${HOST}', '127.0.0.1').replaceAll(/\$\{[\w.]+\}/g, String(port)),
    ]),
  );

function run(image: string, app: string, env: Record<string, string>) {
  const child = spawn(node, ['dist/main.js'], {
    cwd: join(image, 'apps', app),
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', DATABASE_URL: databases[app], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  running = child;
  return { exited: once(child, 'exit') as Promise<[number | null]>, said: () => output };
}

it.each(services.map(({ name }) => name))(
  'the image of %s is small, migrates with its database alone, and starts',
  async (app) => {
    const image = buildImage(app);
    expect(sizeOf(image)).toBeLessThan(mostBytes);

    const migrating = run(image, app, { MIGRATIONS: 'only' });
    const [code] = await migrating.exited;
    expect([code, migrating.said()]).toEqual([0, expect.stringContaining('The schema is up to date')]);

    const [port, other] = [await freePort(), await freePort()];
    const { demo } = services.find(({ name }) => name === app)!;
    const { said } = run(image, app, {
      ...demoOf(demo, other),
      HOOKSHOP_DEMO: 'true',
      MIGRATIONS: 'skip',
      PORT: String(port),
      SMTP_PORT: String(other),
      // Nobody is there: what is to be shown is that everything of the service is.
      NATS_URL: `nats://127.0.0.1:${other}`,
      WEBHOOK_SEALING_KEYS: Buffer.alloc(32, 7).toString('base64'),
    });
    const url = `http://127.0.0.1:${port}`;
    const check = async () => ((await (await fetch(`${url}/readyz`)).json()) as { checks: object }).checks;
    await eventually(check, { database: { ok: true } }, { timeoutMs: 60_000 });
    expect(said()).not.toContain('"level":"fatal"');
    if (app === 'gateway') await documentationIsThere(url);
  },
);

async function documentationIsThere(url: string): Promise<void> {
  const page = await (await eventually(() => fetch(`${url}/docs`), { status: 200 })).text();
  const parts = [...page.matchAll(/(?:src|href)="(\.\/[^"]+)"/g)].map(([, path]) => new URL(path!, `${url}/`).href);

  expect(parts.length).toBeGreaterThan(3);
  for (const part of parts) expect([part, (await fetch(part)).status]).toEqual([part, 200]);
  expect((await fetch(`${url}/openapi.json`)).status).toBe(200);
}
