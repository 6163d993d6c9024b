import { randomBytes } from 'node:crypto';
import { existsSync, fsyncSync, mkdirSync, openSync, closeSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart } from '../infrastructure/cannot-start.mjs';

/**
 * Secrets a service cannot run without and nobody was asked for: each is made once and kept beside the data that it
 * protects, so that the next start can read them. One that was given is neither made nor read.
 *
 * @param {string} folder
 * @param {string[]} names variables; each is 32 random bytes in base64
 * @param {Record<string, string | undefined>} given
 * @returns {Record<string, string>}
 */
export function generatedSecrets(folder, names, given) {
  const wanted = names.filter((name) => given[name] === undefined);
  return Object.fromEntries(wanted.map((name) => [name, keep(join(folder, name))]));
}

function keep(file) {
  if (!existsSync(file)) write(file, randomBytes(32).toString('base64'));
  const secret = readFileSync(file, 'utf8').trim();
  if (secret === '')
    throw new CannotStart(`${file} is empty: bring the secret back, or delete the file for a new one.`);
  return secret;
}

/** Whole or not at all: half a secret would seal what no later start can open. */
function write(file, secret) {
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  const descriptor = openSync(`${file}.new`, 'w', 0o600);
  writeSync(descriptor, secret);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(`${file}.new`, file);
}
