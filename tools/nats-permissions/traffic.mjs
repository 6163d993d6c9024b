import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CannotStart } from '../infrastructure/cannot-start.mjs';
import { answersOf, partsOf } from './declared.mjs';
import { mentionedContracts } from './mentioned.mjs';

/**
 * What each service does on the broker, read from its built module (the reactions among its providers, the requests its
 * controllers answer), from its source (the facts it states, the requests it makes) and, for what neither tells, from
 * the `hookshop.broker` field of its package.json.
 *
 * @param {string} root
 * @param {ReturnType<typeof import('../shop/services.mjs').findServices>} services
 * @returns {Promise<import('./traffic.d.mts').Traffic[]>}
 */
export async function trafficOf(root, services) {
  const dist = (...path) => import(pathToFileURL(join(root, ...path)).href);
  const [contracts, { ServiceConfig }, { Reaction }, { lookOf }] = await Promise.all([
    dist('libs', 'contracts', 'dist', 'index.js'),
    dist('libs', 'config', 'dist', 'index.js'),
    dist('libs', 'messaging', 'dist', 'reactions', 'reaction.js'),
    dist('libs', 'messaging', 'dist', 'jetstream', 'look-ahead.js'),
  ]);
  const traffic = [];
  for (const { name, broker } of services.filter(({ usesBroker }) => usesBroker)) {
    const { controllers, providers } = partsOf(await moduleOf(name));
    const reactions = providers
      .filter((type) => type?.prototype)
      .map((type) => Reaction.of(name, Object.create(type.prototype)))
      .filter(Boolean)
      .map(({ durable, filter }) => ({ durable, look: lookOf(durable), filter }));
    traffic.push({
      service: name,
      reactions: sorted(reactions, ({ durable }) => durable),
      answers: sorted(
        answersOf(controllers).map(({ subject, queue = name }) => ({ subject, queue })),
        ({ subject }) => subject,
      ),
      ...saidBy(name),
      signals: broker.signals ?? [],
      watches: broker.watches ?? [],
    });
  }
  return traffic;

  async function moduleOf(name) {
    const file = join('apps', name, 'dist', `${name}.module.js`);
    const exported = existsSync(join(root, file)) ? Object.values(await dist(file)) : [];
    const module = exported.find((type) => typeof type?.register === 'function');
    if (!module)
      throw new CannotStart(`${file} must export the module of ${name}, a class with a static register(config)`);
    return module.register(Object.assign(new (await configOf(name))(), { natsUrl: '', databaseUrl: '' }));
  }

  async function configOf(name) {
    const file = join('apps', name, 'dist', `${name}.config.js`);
    const exported = existsSync(join(root, file)) ? Object.values(await dist(file)) : [];
    return exported.find((type) => type?.prototype instanceof ServiceConfig) ?? ServiceConfig;
  }

  /** Facts are stated and requests made where their contracts are values. */
  function saidBy(name) {
    const mentioned = [...mentionedContracts(join(root, 'apps', name, 'src'))];
    const facts = mentioned.map((mention) =>
      contracts.allContracts().find(({ event }) => event === contracts[mention]),
    );
    return {
      states: sorted(new Set(facts.filter(Boolean).map(({ aggregate }) => aggregate))),
      // Facts known only from configuration, of aggregates that have no contracts.
      statesForeign: mentioned.includes('declareEvent'),
      asks: sorted(new Set(mentioned.flatMap(subjectsOf))),
    };
  }

  function subjectsOf(mention) {
    // Which service is asked is known only when it is.
    if (mention === 'operationsSubject') return ['operations.*.*'];
    const [group, name] = mention.split('.');
    if (!/Requests$/.test(group)) return [];
    if (name === undefined) throw new CannotStart(`Name the request where it is made: ${group}.<request>`);
    return [contracts[group][name]];
  }
}

const sorted = (values, key = (value) => value) => [...values].sort((a, b) => key(a).localeCompare(key(b)));
