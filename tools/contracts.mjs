import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CannotStart } from './infrastructure/cannot-start.mjs';
import { build } from './workspace/build.mjs';
import { root } from './workspace/root.mjs';

const home = join(root, 'libs', 'contracts');
const schemas = join(home, 'schemas');
const released = join(home, 'released');
const asyncapi = join(home, 'asyncapi.json');

const usage = `npm run contracts                writes what the contracts generate
npm run contracts -- --check     fails when that is not what is committed, or breaks what is released
npm run contracts -- --release   makes the contracts of now the released ones`;

/** Every generated file with its text, by path. */
async function generate() {
  await build('@hookshop/contracts');
  const contracts = await import(pathToFileURL(join(home, 'dist', 'index.js')).href);
  const published = contracts.allContracts().map((contract) => [contract.type, contracts.publishedSchema(contract)]);
  const files = new Map(published.map(([type, schema]) => [join(schemas, `${type}.json`), schema]));
  files.set(asyncapi, contracts.asyncApiDocument());
  return {
    files: new Map([...files].map(([path, content]) => [path, `${JSON.stringify(content, null, 2)}\n`])),
    breaks: contracts.breaksOf(schemasIn(released), Object.fromEntries(published)).map(contracts.describeBreak),
  };
}

const schemasIn = (folder) =>
  Object.fromEntries(
    filesIn(folder).map((file) => [file.replace(/\.json$/, ''), JSON.parse(readFileSync(join(folder, file), 'utf8'))]),
  );

const filesIn = (folder) => (existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : []);

function write(files) {
  rmSync(schemas, { recursive: true, force: true });
  mkdirSync(schemas, { recursive: true });
  for (const [path, text] of files) writeFileSync(path, text);
}

/** Paths whose committed text is not the generated one. */
function driftOf(files) {
  const committed = filesIn(schemas).map((file) => join(schemas, file));
  const stale = committed.filter((path) => !files.has(path));
  const changed = [...files].filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text);
  return [...stale, ...changed.map(([path]) => path)].map((path) => path.slice(root.length));
}

async function run(argument) {
  if (![undefined, '--check', '--release'].includes(argument)) throw new CannotStart(usage);
  const { files, breaks } = await generate();
  if (breaks.length > 0) throw new CannotStart(`These changes break released contracts:\n${lines(breaks)}`);
  if (argument === '--check') {
    const drift = driftOf(files);
    if (drift.length > 0)
      throw new CannotStart(`Not what the contracts generate (npm run contracts):\n${lines(drift)}`);
    return `${files.size} generated files are as committed and break nothing released`;
  }
  write(files);
  if (argument === '--release') {
    rmSync(released, { recursive: true, force: true });
    cpSync(schemas, released, { recursive: true });
    return `released ${filesIn(released).length} contracts`;
  }
  return `wrote ${files.size} files`;
}

const lines = (entries) => entries.map((entry) => `  ${entry}`).join('\n');

try {
  console.log(await run(process.argv[2]));
} catch (error) {
  console.error(error instanceof CannotStart ? error.message : error);
  process.exitCode = 1;
}
