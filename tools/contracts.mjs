import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { generatedFiles } from './contracts/generated.mjs';
import { CannotStart } from './infrastructure/cannot-start.mjs';
import { build } from './workspace/build.mjs';
import { root } from './workspace/root.mjs';

const home = join(root, 'libs', 'contracts');

const usage = `npm run contracts                writes what the contracts generate
npm run contracts -- --check     fails when that is not what is committed, or breaks what is released
npm run contracts -- --release   makes the contracts of now the released ones`;

async function run(argument) {
  if (![undefined, '--check', '--release'].includes(argument)) throw new CannotStart(usage);
  await build('@hookshop/contracts');
  const contracts = await import(pathToFileURL(join(home, 'dist', 'index.js')).href);
  const generated = generatedFiles(contracts, home);
  generated.assertCompatible();
  if (argument === '--check') return generated.assertCommitted();
  const written = generated.write();
  return argument === '--release' ? generated.release() : written;
}

try {
  console.log(await run(process.argv[2]));
} catch (error) {
  console.error(error instanceof CannotStart ? error.message : error);
  process.exitCode = 1;
}
