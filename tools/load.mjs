import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CannotStart } from './infrastructure/cannot-start.mjs';
import { layout, portBaseFrom } from './infrastructure/ports.mjs';
import { findServices } from './shop/services.mjs';
import { installPackages } from './workspace/packages.mjs';
import { node, projectEnvironment, root } from './workspace/root.mjs';

/** The shop of this machine, unless the environment names another. */
function addresses() {
  const ports = layout(portBaseFrom(process.env));
  const urlOf = (name) =>
    `http://localhost:${ports.at(findServices(root).find((service) => service.name === name).portOffset)}`;
  return { LOAD_GATEWAY_URL: urlOf('gateway'), LOAD_SANDBOX_URL: urlOf('sandbox') };
}

async function run() {
  installPackages(console.log);
  const env = { ...addresses(), ...projectEnvironment() };
  const child = spawn(node, [join(root, 'bench', 'load', 'main.mjs')], { cwd: root, env, stdio: 'inherit' });
  // Ctrl-C reaches the load as well; it says what came of it, and we follow.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  return code ?? 1;
}

try {
  process.exitCode = await run();
} catch (error) {
  console.error(error instanceof CannotStart ? error.message : error);
  process.exitCode = 2;
}
