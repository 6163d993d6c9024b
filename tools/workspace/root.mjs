import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The Node the services run on, from npm. */
export const node = join(root, 'node_modules', '.bin', 'node');

/** Environment in which `node` and every program that npm installed are the project's own. */
export const projectEnvironment = (env = process.env) => ({
  ...env,
  PATH: [join(root, 'node_modules', '.bin'), env.PATH].filter(Boolean).join(delimiter),
});
