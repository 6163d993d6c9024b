#!/usr/bin/env node
// As much of psql as docker/postgres/create-databases.sh takes, for machines without one: variables, quoted, and \gexec.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pg from 'pg';

const { values } = parseArgs({
  options: {
    set: { type: 'string', multiple: true },
    username: { type: 'string' },
    dbname: { type: 'string' },
    quiet: { type: 'boolean' },
    'no-psqlrc': { type: 'boolean' },
  },
});
const variables = new Map(values.set.map((text) => text.split(/=(.*)/s)));
const client = new pg.Client({ user: values.username, database: values.dbname });
const text = readFileSync(0, 'utf8')
  .replace(/:'(\w+)'/g, (_, name) => pg.escapeLiteral(variables.get(name)))
  .replace(/:"(\w+)"/g, (_, name) => pg.escapeIdentifier(variables.get(name)));

await client.connect();
for (const [, sql, end] of text.matchAll(/([^;\\]+)(;|\\gexec)/g)) {
  const { rows } = await client.query({ text: sql, rowMode: 'array' });
  if (end === '\\gexec') for (const statement of rows.flat()) await client.query(statement);
}
await client.end();
