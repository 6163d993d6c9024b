import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { newService } from './generate/new-service.mjs';
import { planFiles } from './generate/plan-files.mjs';
import { writeFiles } from './generate/write-files.mjs';
import { CannotStart } from './infrastructure/cannot-start.mjs';
import { node, projectEnvironment, root } from './workspace/root.mjs';

const usage = `npm run generate:service <name> -- [--event order.confirmed.v1] [--port-offset 7] [--dry-run]
  <name>         of the service, its database, role and user at the broker: one lower-case word
  --event        the fact it reacts to
  --port-offset  distance of its port from 3000; by default the first that is free
  --dry-run      only says what would be written`;

/** npm takes options in front of `--` for its own, and some of them are: `--dry-run` would be lost in silence. */
function assertNothingLost(env) {
  const lost = ['event', 'port-offset', 'dry-run'].find((option) => `npm_config_${option.replace('-', '_')}` in env);
  if (lost) throw new CannotStart(`npm kept --${lost} for itself: options come after --\n\n${usage}`);
}

function readArguments() {
  assertNothingLost(process.env);
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        event: { type: 'string', default: 'order.confirmed.v1' },
        'port-offset': { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help || positionals.length !== 1) throw new CannotStart(usage);
    return { name: positionals[0], event: values.event, portOffset: values['port-offset'], dryRun: values['dry-run'] };
  } catch (error) {
    throw error instanceof CannotStart ? error : new CannotStart(`${error.message}\n\n${usage}`);
  }
}

async function run() {
  const { dryRun, ...wanted } = readArguments();
  const service = newService(root, wanted);
  const files = await planFiles(root, service);
  for (const { path, isNew } of files) console.log(`${isNew ? 'new    ' : 'changed'} ${path}`);
  if (dryRun) return;

  writeFiles(root, files);
  follow('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']);
  follow(node, [join('tools', 'nats-permissions.mjs')]);
  console.log(`
${service.name} keeps an entry of every ${service.type}, on port ${service.port}. See it:

  npm run test:int -- apps/${service.name}
  npm start
  curl -s localhost:${service.port}/entries

docs/how-to-add-a-service.md explains its parts. A PostgreSQL volume of docker compose that is not new needs its database:
  docker compose up -d postgres && docker compose exec postgres sh /docker-entrypoint-initdb.d/create-databases.sh`);
}

/** What is written stays when one of these fails: it can be done again by hand. */
function follow(program, args) {
  const { status } = spawnSync(program, args, { cwd: root, env: projectEnvironment(), stdio: 'inherit' });
  if (status === 0) return;
  throw new CannotStart(
    'The files are written. What was to follow failed, as said above; once it can: npm install && npm run nats:permissions',
  );
}

try {
  await run();
} catch (error) {
  console.error(error instanceof CannotStart ? error.message : error);
  process.exitCode = 2;
}
