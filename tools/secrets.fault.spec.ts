import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { eventually, testBroker, type TestBroker } from '@hookshop/testing';
import { ensureDatabases } from './infrastructure/databases.mjs';
import { freePort } from './infrastructure/ports.mjs';
import { startPostgres } from './infrastructure/postgres.mjs';
import { configOf, readBy } from './shop/config-classes.js';
import { findServices } from './shop/services.mjs';
import { scratchFolder } from './testing/scratch-folder.mjs';
import { node, root } from './workspace/root.mjs';

// Boots services, on machines that are busy with other specs.
jest.setTimeout(120_000);

/** In every secret that a service is given here, and in nothing else. */
const mark = 'Unmistakable4711';

const scratch = scratchFolder();
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let broker: TestBroker;
let database: string;
const running: ChildProcess[] = [];

beforeAll(async () => {
  const file = join(root, 'docker', 'nats', 'users.conf');
  const named = readFileSync(file, 'utf8').match(/(?<=\$)NATS_PASSWORD_\w+/g)!;
  const passwords = Object.fromEntries(named.map((name) => [name, 'of the specs']));
  broker = await testBroker({ users: { file, passwords } });
  postgres = await startPostgres({ dataDir: join(scratch.folder, 'postgres'), port: await freePort(), fsync: false });
  database = (await ensureDatabases(postgres.adminUrl, ['order']))['order']!;
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});
afterAll(async () => {
  await postgres?.stop();
  await broker?.stop();
  scratch.remove();
});

/** A service as it is shipped, and all that it tells. */
function run(app: string, env: Record<string, string>): { said: () => string; exited: Promise<unknown[]> } {
  const child = spawn(node, ['dist/main.js'], {
    cwd: join(root, 'apps', app),
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', HOOKSHOP_DEMO: 'true', LOG_LEVEL: 'trace', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  running.push(child);
  return { said: () => output, exited: once(child, 'exit') };
}

describe('what a service tells of a secret that is wrong', () => {
  const nobody = '127.0.0.1:1';
  const databaseOf = (credentials: string, host = `127.0.0.1:${postgres.port}`): string =>
    `postgres://${credentials}@${host}/order`;

  it.each<[string, () => string, string]>([
    ['a password that the database refuses', () => databaseOf(`order:${mark}`), 'password authentication failed'],
    ['the password of a database that is away', () => databaseOf(`order:${mark}`, nobody), 'ECONNREFUSED'],
    ['a password with an @ in it', () => databaseOf(`order:p@${mark}`, nobody), 'ECONNREFUSED'],
    ['a password with a / in it', () => databaseOf(`order:p/${mark}`), 'DATABASE_URL must be a URL'],
    ['a password that is no encoded text', () => databaseOf(`order:%zz${mark}`), 'fatal'],
    ['a password in the query', () => `postgres://${nobody}/order?user=order&password=${mark}`, 'ECONNREFUSED'],
  ])('is not %s', async (_, databaseUrl, told) => {
    const { said } = run('order', { PORT: '0', DATABASE_URL: databaseUrl(), NATS_URL: broker.url });
    await eventually(said, (text) => text.includes(told), { timeoutMs: 60_000 });

    expect(said()).not.toContain(mark);
  });

  it.each<[string, (host: string) => string]>([
    ['a password that the broker refuses', (host) => `nats://order:${mark}@${host}`],
    ['a token that the broker refuses', (host) => `nats://${mark}@${host}`],
    ['what a collector that is away wants to see', (host) => `nats://order:wrong@${host}`],
  ])('is not %s, in its log or its readiness', async (_, natsUrl) => {
    const port = await freePort();
    const { said } = run('order', {
      PORT: String(port),
      DATABASE_URL: database,
      NATS_URL: natsUrl(new URL(broker.url).host),
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${nobody}`,
      OTEL_EXPORTER_OTLP_HEADERS: `x-key=${mark}`,
    });
    const readiness = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/readyz`)).text();
    const body = await eventually(readiness, (text) => text.includes('NATS_URL'), { timeoutMs: 60_000 });

    expect(body + said()).not.toContain(mark);
    expect(body + said()).not.toContain(new URL(database).password);
  });

  it.each(findServices(root).map(({ name }) => name))('is nothing that %s cannot read', async (app) => {
    const secretive = /(?:URL|KEYS?|SECRET|HEADERS|SOURCES|BASE|PASSWORD|TOKEN)$/;
    const variables = [...readBy(await configOf(app))].filter((variable) => secretive.test(variable));
    // Of no shape that any of them has.
    const broken = Object.fromEntries(variables.map((variable) => [variable, `{"${mark} \u00e9`]));
    const { said, exited } = run(app, { PORT: '0', ...broken });
    const [code] = await exited;

    expect(code).toBe(1);
    // Some secrets may be any text: those that may not are told by their names.
    expect(variables.filter((variable) => said().includes(`  ${variable} `))).toContain('DATABASE_URL');
    expect(said()).not.toContain(mark);
  });
});
