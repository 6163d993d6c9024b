import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { entries } from './entries.mjs';

const templates = join(import.meta.dirname, 'templates');
const libraries = ['config', 'contracts', 'http', 'messaging', 'observability', 'persistence'];
const packages = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/microservices',
  'class-transformer',
  'class-validator',
  'reflect-metadata',
  'typeorm',
];
/** They are tests' alone, and each test imports them from here. */
const forTests = ['uuid'];

/**
 * Every file of a new service as it will be, and every list of services with its name in it. Nothing is written here.
 *
 * @returns {Promise<{ path: string, text: string, isNew: boolean }[]>} paths relative to the root
 * @throws CannotStart when a list is not where it was
 */
export async function planFiles(root, service) {
  const words = wordsOf(root, service);
  const created = templateFiles().map((path) => ({
    path: fill(path.replace(/\.template$/, ''), words),
    text: fill(readFileSync(join(templates, path), 'utf8'), words),
    isNew: true,
  }));
  const changed = entries(service).map(({ path, enter }) => ({
    path,
    text: enter(readFileSync(join(root, path), 'utf8')),
    isNew: false,
  }));
  return Promise.all(
    [...created, ...changed].map(async (file) => ({ ...file, text: await asWritten(root, file.path, file.text) })),
  );
}

/** As prettier has it in this repository. */
export async function asWritten(root, path, text) {
  const options = await resolveConfig(join(root, 'package.json'));
  return format(text, { ...options, filepath: join(root, path) });
}

const templateFiles = () =>
  readdirSync(templates, { recursive: true })
    .map((path) => join(templates, path))
    .filter((path) => statSync(path).isFile())
    .map((path) => relative(templates, path))
    .sort();

/** What stands in the templates, and what it stands for. */
const wordsOf = (root, service) => ({
  __service__: service.name,
  __Service__: service.className,
  __SERVICE__: service.upper,
  __port__: String(service.port),
  __portOffset__: String(service.portOffset),
  __type__: service.type,
  __Event__: service.event,
  __reaction__: service.reaction,
  __Reaction__: service.reactionClass,
  __dependencies__: JSON.stringify(versionsOf(root, [...libraries.map((name) => `@hookshop/${name}`), ...packages])),
  __devDependencies__: JSON.stringify(versionsOf(root, ['@hookshop/testing', ...forTests])),
});

const fill = (text, words) =>
  Object.entries(words).reduce((filled, [word, meaning]) => filled.replaceAll(word, meaning), text);

/** The versions that the libraries have: one of each in the whole workspace. */
function versionsOf(root, names) {
  const known = {};
  for (const library of readdirSync(join(root, 'libs'))) {
    const { name, version, dependencies } = JSON.parse(
      readFileSync(join(root, 'libs', library, 'package.json'), 'utf8'),
    );
    Object.assign(known, dependencies, { [name]: version });
  }
  return Object.fromEntries(names.map((name) => [name, known[name]]));
}
