import { createHmac } from 'node:crypto';
import pg from 'pg';

/**
 * One role and one database per name; a role may connect to its own database only. Doing it again changes nothing.
 *
 * @param {string} adminUrl of a superuser
 * @param {string[]} names
 * @returns {Promise<Record<string, string>>} the URL of each, as its own role
 */
export async function ensureDatabases(adminUrl, names) {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    // Statements that hold a password must not reach the log, not even failing ones.
    await admin.query("SET log_min_error_statement = panic; SET log_statement = 'none'");
    for (const database of ['postgres', 'template1'])
      await admin.query(`REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`);
    const existing = await existingOf(admin);
    for (const name of names) await ensureDatabase(admin, name, passwordOf(adminUrl, name), existing);
  } finally {
    await admin.end();
  }
  return Object.fromEntries(names.map((name) => [name, urlOf(adminUrl, name)]));
}

async function existingOf(admin) {
  const { rows: roles } = await admin.query('SELECT rolname AS name FROM pg_roles');
  const { rows: databases } = await admin.query('SELECT datname AS name FROM pg_database');
  return { roles: new Set(roles.map(({ name }) => name)), databases: new Set(databases.map(({ name }) => name)) };
}

async function ensureDatabase(admin, name, password, { roles, databases }) {
  const identifier = admin.escapeIdentifier(name);
  if (!roles.has(name)) {
    await admin.query(
      `CREATE ROLE ${identifier} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${admin.escapeLiteral(password)}`,
    );
  }
  if (!databases.has(name)) await admin.query(`CREATE DATABASE ${identifier} OWNER ${identifier}`);
  await admin.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${identifier} FROM PUBLIC`);
}

/** Derived from the administrator's, so that one secret is kept. */
const passwordOf = (adminUrl, name) =>
  createHmac('sha256', decodeURIComponent(new URL(adminUrl).password))
    .update(name)
    .digest('base64url');

function urlOf(adminUrl, name) {
  const url = new URL(adminUrl);
  url.username = name;
  url.password = passwordOf(adminUrl, name);
  url.pathname = `/${name}`;
  return url.href;
}
