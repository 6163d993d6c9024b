import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CannotStart } from '../infrastructure/cannot-start.mjs';

/**
 * What is generated from the contracts, in the folder of their library: `schemas/`, `asyncapi.json`, and `released/`,
 * the schemas that others rely on.
 *
 * @param {typeof import('@hookshop/contracts')} contracts
 * @param {string} home folder of the library
 */
export function generatedFiles(contracts, home) {
  const schemas = join(home, 'schemas');
  const released = join(home, 'released');
  const published = contracts.allContracts().map((contract) => [contract.type, contracts.publishedSchema(contract)]);
  const files = new Map(
    [
      ...published.map(([type, schema]) => [join(schemas, `${type}.json`), schema]),
      [join(home, 'asyncapi.json'), contracts.asyncApiDocument()],
    ].map(([path, content]) => [path, `${JSON.stringify(content, null, 2)}\n`]),
  );

  /** Writes them all; nothing of a former generation stays. */
  function write() {
    rmSync(schemas, { recursive: true, force: true });
    mkdirSync(schemas, { recursive: true });
    for (const [path, text] of files) writeFileSync(path, text);
    return `wrote ${files.size} files`;
  }

  /** Fails when a released contract is broken. */
  function assertCompatible() {
    const breaks = contracts.breaksOf(schemasIn(released), Object.fromEntries(published)).map(contracts.describeBreak);
    if (breaks.length > 0) throw new CannotStart(`These changes break released contracts:\n${lines(breaks)}`);
  }

  /** Fails when what lies there is not what the contracts generate. */
  function assertCommitted() {
    const stale = filesIn(schemas)
      .map((file) => join(schemas, file))
      .filter((path) => !files.has(path));
    const changed = [...files].filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text);
    const drift = [...stale, ...changed.map(([path]) => path)].map((path) => relative(home, path));
    if (drift.length > 0) {
      throw new CannotStart(`Not what the contracts generate (write it with npm run contracts):\n${lines(drift)}`);
    }
    return `${files.size} generated files are as committed, ${filesIn(released).length} released contracts are kept`;
  }

  /** From now on others rely on the contracts as they are. */
  function release() {
    rmSync(released, { recursive: true, force: true });
    cpSync(schemas, released, { recursive: true });
    return `released ${filesIn(released).length} contracts`;
  }

  return { write, assertCompatible, assertCommitted, release };
}

const filesIn = (folder) => (existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : []);

const schemasIn = (folder) =>
  Object.fromEntries(
    filesIn(folder).map((file) => [file.replace(/\.json$/, ''), JSON.parse(readFileSync(join(folder, file), 'utf8'))]),
  );

const lines = (entries) => entries.map((entry) => `  ${entry}`).join('\n');
