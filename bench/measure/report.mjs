import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

const results = join(import.meta.dirname, '..', 'results');

/** Writes what was measured beside what it was measured on; returns the file. */
export function writeReport(bench, measured) {
  mkdirSync(results, { recursive: true });
  const at = new Date().toISOString();
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
  };
  const file = join(results, `${bench}-${at.replaceAll(/[:.]/g, '-')}.json`);
  writeFileSync(file, JSON.stringify({ bench, at, commit: commit(), machine, ...measured }, null, 2));
  return file;
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
