import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { root } from '../workspace/root.mjs';

export const guide = readFileSync(join(root, 'docs', 'kubernetes.md'), 'utf8');

export interface MadeSecret {
  name: string;
  type?: string;
  values: Record<string, string>;
}

/** The Secrets that the commands of the guide make, which are run here with a kubectl that only writes down. */
export function secretsOfGuide(): MadeSecret[] {
  const [, commands] = /### 2\. Secrets\n[^]*?```sh\n([^]*?)```/.exec(guide) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'hookshop-guide-'));
  try {
    const stub = (name: string, script: string): void => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    };
    const written = join(folder, 'calls');
    stub('kubectl', `printf '%s\\t' "$@" >> '${written}'; echo >> '${written}'`);
    stub('openssl', 'echo 4e12');
    const { status, stderr } = spawnSync('bash', ['-euc', commands ?? 'false'], {
      env: { PATH: `${folder}${delimiter}${process.env.PATH}` },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`The commands under "2. Secrets" of docs/kubernetes.md fail: ${stderr}`);
    return readFileSync(written, 'utf8').split('\n').flatMap(secretOf);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function secretOf(call: string): MadeSecret[] {
  const [verb, object, kind, name, ...options] = call.split('\t').filter(Boolean);
  if (verb !== 'create' || object !== 'secret') return [];
  const values = options.flatMap((option) => /^--from-literal=(\w+)=(.*)$/s.exec(option)?.slice(1, 3) ?? []);
  const pairs = values.flatMap((value, index) => (index % 2 ? [] : [[value, values[index + 1]!] as const]));
  const tls: Record<string, string> = kind === 'tls' ? { 'tls.crt': '', 'tls.key': '' } : {};
  return [
    {
      name: name!,
      type: options.find((option) => option.startsWith('--type='))?.slice('--type='.length),
      values: { ...tls, ...Object.fromEntries(pairs) },
    },
  ];
}
