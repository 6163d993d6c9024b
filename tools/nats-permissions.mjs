import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart } from './infrastructure/cannot-start.mjs';
import { permissionsOf } from './nats-permissions/permissions.mjs';
import { trafficOf } from './nats-permissions/traffic.mjs';
import { usersFile } from './nats-permissions/users-file.mjs';
import { findServices } from './shop/services.mjs';
import { build } from './workspace/build.mjs';
import { root } from './workspace/root.mjs';

const file = join('docker', 'nats', 'users.conf');
const path = join(root, file);

const usage = `npm run nats:permissions              writes ${file} from what the services do
npm run nats:permissions -- --check   fails when that is not what is committed`;

async function run(argument) {
  if (![undefined, '--check'].includes(argument)) throw new CannotStart(usage);
  await build();
  const text = usersFile(permissionsOf(await trafficOf(root, findServices(root))));
  if (argument === undefined) {
    writeFileSync(path, text);
    return `wrote ${file}`;
  }
  if (readFileSync(path, 'utf8') !== text) {
    throw new CannotStart(`${file} is not what the services do (write it with npm run nats:permissions)`);
  }
  return `${file} is as committed`;
}

try {
  console.log(await run(process.argv[2]));
} catch (error) {
  console.error(error instanceof CannotStart ? error.message : error);
  process.exitCode = 1;
}
