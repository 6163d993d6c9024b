import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataSource } from '@hookshop/persistence';
import { createLogger } from '@hookshop/observability';
import pg from 'pg';
import { freePort } from '../infrastructure/ports.mjs';
import { postgresAccount } from '../infrastructure/postgres-account.mjs';
import { startPostgres } from '../infrastructure/postgres.mjs';
import { scratchFolder } from '../testing/scratch-folder.mjs';
import { describeRendered, isService, ofKind, renderOverlay, serviceOf, workloadsOf } from './manifests.js';

/** A server's certificate for the name by which services know it, and the certificate of who signed it. */
function certificates(folder: string): { ca: string; certificate: string; key: string } {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl, which makes the certificates of this spec, fails: ${stderr}`);
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=ca', '-days', '2');
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=postgres-rw');
  writeFileSync(file('names'), 'subjectAltName=DNS:postgres,DNS:localhost');
  openssl(
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-out', 'server.crt', '-days', '2', '-extfile', 'names'],
  );
  return { ca: file('ca.crt'), certificate: file('server.crt'), key: file('server.key') };
}

describeRendered('the databases of k8s/overlays/production', () => {
  const { objects } = renderOverlay('production');
  const { pg_hba } = (ofKind(objects, 'Cluster')[0]?.spec as { postgresql: { pg_hba: string[] } }).postgresql;
  const tls = workloadsOf(objects)
    .filter(isService)[0]!
    .pod.containers[0]?.env?.find(({ name }) => name === 'DATABASE_TLS')?.value;
  let folder: string;
  let ca: string;
  let postgres: Awaited<ReturnType<typeof startPostgres>>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hookshop-tls-'));
    const made = certificates(folder);
    ca = made.ca;
    const rules = join(folder, 'pg_hba.conf');
    // The operator's own way in stands before what the manifest says.
    writeFileSync(rules, ['host all postgres 127.0.0.1/32 scram-sha-256', ...pg_hba, ''].join('\n'));
    const account = postgresAccount();
    chmodSync(folder, 0o711);
    for (const file of [made.key, made.certificate, rules]) {
      if (account) chownSync(file, account.uid, account.gid);
      chmodSync(file, 0o600);
    }
    postgres = await startPostgres({
      dataDir: scratchFolder().folder,
      port: await freePort(),
      fsync: false,
      settings: { ssl: 'on', ssl_cert_file: made.certificate, ssl_key_file: made.key, hba_file: rules },
    });
    const admin = new pg.Client({ connectionString: postgres.adminUrl });
    await admin.connect();
    for (const name of ['order', 'payment']) {
      await admin.query(`CREATE ROLE "${name}" LOGIN PASSWORD '4e12'`);
      await admin.query(`CREATE DATABASE "${name}" OWNER "${name}"`);
    }
    await admin.end();
  }, 120_000);

  afterAll(async () => {
    await postgres?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const urlOf = (role: string, database: string, more: string, host = 'localhost'): string =>
    `postgres://${role}:4e12@${host}:${postgres.port}/${database}${more}`;
  const verified = (): string => tls!.replace('/etc/hookshop/postgres/ca.crt', ca);
  const connect = async (url: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
    } finally {
      await client.end();
    }
  };

  it('belong each to a role that may log in, and nothing besides', () => {
    const { managed } = ofKind(objects, 'Cluster')[0]?.spec as { managed: { roles: { name: string }[] } };
    const owned = ofKind(objects, 'Database').map(({ spec }) => spec as { name: string; owner: string });
    const services = workloadsOf(objects).filter(isService).map(serviceOf).sort();

    expect(managed.roles.map(({ name }) => name).sort()).toEqual(services);
    for (const { name, ...role } of managed.roles) {
      expect(role).toEqual({ login: true, passwordSecret: { name: `${name}-database` } });
    }
    expect(owned.map(({ name, owner }) => `${owner} of ${name}`).sort()).toEqual(
      services.map((name) => `${name} of ${name}`),
    );
  });

  it('are reached encrypted, by the URL that a service is given', async () => {
    const url = urlOf('order', 'order', verified());
    const log = createLogger('order', { logLevel: 'silent', nodeEnv: 'test' });
    const dataSource = await openDataSource({ url, entities: [], migrations: [] }, log);
    try {
      const [row] = await dataSource.query<{ ssl: boolean }[]>(
        'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      );
      expect(row).toEqual({ ssl: true });
    } finally {
      await dataSource.destroy();
    }
  });

  it('let a role into no database but its own', async () => {
    await expect(connect(urlOf('order', 'payment', verified()))).rejects.toThrow(/pg_hba.conf rejects/);
    await expect(connect(urlOf('order', 'postgres', verified()))).rejects.toThrow(/pg_hba.conf rejects/);
  });

  it('let nobody in who does not encrypt', async () => {
    await expect(connect(urlOf('order', 'order', ''))).rejects.toThrow(/no encryption/);
  });

  it('are not taken for another server with their data', async () => {
    await expect(connect(urlOf('order', 'order', verified(), '127.0.0.1'))).rejects.toThrow(/altnames/);
    await expect(connect(urlOf('order', 'order', '?sslmode=verify-full'))).rejects.toThrow(/self-signed|unable to/);
  });
});
