import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, ServiceConfig } from '@hookshop/config';
import { root } from '../workspace/root.mjs';

/** The class that reads a service's environment. */
export async function configOf(service: string): Promise<new () => object> {
  const file = join(root, 'apps', service, 'src', `${service}.config.ts`);
  if (!existsSync(file)) return ServiceConfig;
  const exported = Object.values((await import(file)) as Record<string, unknown>);
  return exported.find((value) => typeof value === 'function' && value.name.endsWith('Config')) as new () => object;
}

/** The variables that a config class looks at. */
export function readBy(type: new () => object): Set<string> {
  const read = new Set<string>();
  const spying = new Proxy({}, { get: (_, name) => void read.add(String(name)) });
  try {
    loadConfig(type, spying);
  } catch {
    // Nothing is set there, and that is not asked.
  }
  return read;
}
