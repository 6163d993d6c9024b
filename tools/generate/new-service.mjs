import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CannotStart } from '../infrastructure/cannot-start.mjs';
import { layout } from '../infrastructure/ports.mjs';
import { findServices } from '../shop/services.mjs';

/**
 * Databases, roles, users, hosts and subjects of others by these names; Nest has a `DynamicModule`. The folders of the
 * workspace (libraries, e2e, bench) and the containers of compose are looked up.
 */
const reserved = ['admin', 'dynamic', 'none', 'postgres', 'public', 'service', 'shop', 'template0', 'template1'];
/** A shop has the ports up to here from its base on; `freePortBase` looks for as many. */
const MOST_OFFSET = 49;

/**
 * What a new service is called wherever its name is needed, and the fact it reacts to.
 *
 * @param {string} root
 * @param {{ name: string, event: string, portOffset?: string }} wanted `event` is a type: `order.confirmed.v1`
 * @returns {{ name: string, className: string, upper: string, portOffset: number, port: number, type: string,
 *   event: string, reaction: string, reactionClass: string }}
 * @throws CannotStart saying what to choose instead
 */
export function newService(root, { name, event: type, portOffset }) {
  assertName(root, name);
  const event = eventClassOf(root, type);
  const reaction = `keep-entry-when-${type.replace(/\.v\d+$/, '').replace('.', '-')}`;
  const offset = freeOffset(root, portOffset);
  return {
    name,
    className: pascal(name),
    upper: name.toUpperCase(),
    portOffset: offset,
    port: layout(3000).at(offset),
    type,
    event,
    reaction,
    reactionClass: pascal(reaction),
  };
}

function assertName(root, name) {
  if (!/^[a-z][a-z0-9]{1,30}$/.test(name)) {
    throw new CannotStart(
      `"${name}" cannot name a service: it is one word of 2 to 31 lower-case letters and digits, a letter first. ` +
        'It also names a database, a role, a user of the broker and the consumers.',
    );
  }
  if (existsSync(join(root, 'apps', name))) throw new CannotStart(`There is an apps/${name} already.`);
  // Kubernetes reads YAML 1.1, where `on` and `no` are no words.
  if (parse(name, { version: '1.1' }) !== name) {
    throw new CannotStart(`YAML does not read ${name} as a word: choose another name.`);
  }
  const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
  const isPackage = [name, join('libs', name)].some((folder) => existsSync(join(root, folder, 'package.json')));
  if (reserved.includes(name) || name in services || isPackage) {
    throw new CannotStart(`${name} is somebody else's name in the shop: choose another one.`);
  }
}

/** The class of each type, as `@EventContract` declares it. */
export function eventClasses(root) {
  const folder = join(root, 'libs', 'contracts', 'src', 'events');
  const found = new Map();
  for (const file of readdirSync(folder).filter((each) => each.endsWith('.ts') && !each.endsWith('.spec.ts'))) {
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, declared, version, className] of text.matchAll(
      /@EventContract\(\s*'([^']+)',\s*(\d+)[\s\S]*?export class (\w+)/g,
    )) {
      found.set(`${declared}.v${version}`, className);
    }
  }
  return found;
}

function eventClassOf(root, type) {
  const classes = eventClasses(root);
  const found = classes.get(type);
  if (found) return found;
  throw new CannotStart(`There is no fact ${type}. There are:\n  ${[...classes.keys()].sort().join('\n  ')}`);
}

function freeOffset(root, wanted) {
  const { postgres, nats, natsMonitoring } = layout(0);
  const taken = new Map([
    [postgres, 'PostgreSQL'],
    [nats, 'The broker'],
    [natsMonitoring, 'The broker'],
    ...findServices(root).flatMap(({ name, portOffset, ports }) =>
      [portOffset, ...Object.values(ports)].map((offset) => [offset, name]),
    ),
  ]);
  if (wanted === undefined) {
    for (let offset = 1; offset <= MOST_OFFSET; offset += 1) if (!taken.has(offset)) return offset;
    throw new CannotStart(`All ports of the shop are taken, up to the offset ${MOST_OFFSET}.`);
  }
  const offset = Number(wanted);
  if (!Number.isInteger(offset) || offset < 1 || offset > MOST_OFFSET) {
    throw new CannotStart(`--port-offset is a whole number from 1 to ${MOST_OFFSET}, not ${wanted}.`);
  }
  if (taken.has(offset))
    throw new CannotStart(`${taken.get(offset)} has the port offset ${offset}: choose another one.`);
  return offset;
}

const pascal = (kebab) => kebab.replace(/(?:^|-)([a-z0-9])/g, (_, letter) => letter.toUpperCase());
