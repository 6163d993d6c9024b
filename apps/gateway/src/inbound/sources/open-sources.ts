import { declareEvent, exampleOf, contractOf } from '@hookshop/contracts';
import { hmacScheme, InvalidSecret, type SignatureScheme } from '@hookshop/webhooks';
import { faultOfSecrets, type Environment } from './are-secrets.js';
import type { InboundSource, Mapping } from './inbound-source.js';
import { presets } from './schemes.js';
import { readSettings, type SourceSettings } from './source-settings.js';

export interface OpenedSources {
  sources: InboundSource[];
  /** What is wrong, source by source; never a secret. */
  faults: string[];
}

/** Names that have variables of their own. */
const reserved = new Set(['stripe', 'carrier', 'github', 'shopify']);

/**
 * Opens the sources of INBOUND_SOURCES and declares the events that they stand for.
 *
 * @param text JSON: an object of sources by name
 */
export function openSources(text: string, environment: Environment): OpenedSources {
  const opened: OpenedSources = { sources: [], faults: [] };
  const byName = readJson(text);
  if (byName === undefined) return { ...opened, faults: ['must be a JSON object of sources by name'] };
  const types = new Set<string>();
  for (const [name, value] of Object.entries(byName)) {
    const source = attempt(() => sourceOf(name, value, environment, types));
    if ('value' in source) opened.sources.push(source.value);
    else opened.faults.push(`${JSON.stringify(name)}: ${source.error}`);
  }
  return opened;
}

/** @throws Error that tells everything that is wrong with it */
function sourceOf(name: string, value: unknown, environment: Environment, types: Set<string>): InboundSource {
  const settings = settingsOf(name, value);
  const demo = faultOfSecrets(secretsOf(settings), environment);
  const scheme = attempt(() => schemeOf(settings));
  const mapping = attempt(() => mappingOf(settings, types));
  if (demo === undefined && 'value' in scheme && 'value' in mapping) {
    return { name, scheme: scheme.value, ...(mapping.value && { mapping: mapping.value }) };
  }
  const faults = [demo && `secret ${demo}`, 'error' in scheme && scheme.error, 'error' in mapping && mapping.error];
  throw new Error(faults.filter(Boolean).join('; '));
}

function readJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function settingsOf(name: string, value: unknown): SourceSettings {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) {
    throw new Error('a name is 1 to 63 lower-case letters, digits and hyphens');
  }
  if (reserved.has(name)) throw new Error(`has a variable of its own, ${name.toUpperCase()}_WEBHOOK_SECRET`);
  if (!isObject(value)) throw new Error('must be an object');
  const { settings, faults } = readSettings(value);
  if (faults.length > 0) throw new Error(faults.join('; '));
  return settings;
}

const secretsOf = ({ secret }: SourceSettings): string[] =>
  secret
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

/** @throws Error */
function schemeOf(settings: SourceSettings): SignatureScheme {
  try {
    return makeScheme(settings);
  } catch (error) {
    throw error instanceof InvalidSecret ? new Error(`secret: ${error.message}`) : error;
  }
}

/** @throws InvalidSecret, Error */
function makeScheme(settings: SourceSettings): SignatureScheme {
  const { scheme, header, encoding, prefix, id } = settings;
  const secrets = secretsOf(settings);
  if (scheme !== 'hmac') {
    const superfluous = Object.entries({ header, encoding, prefix, id }).find(([, value]) => value !== undefined);
    if (superfluous) throw new Error(`${superfluous[0]} is for the scheme hmac; ${scheme} has its own`);
    return presets[scheme](secrets);
  }
  if (header === undefined) throw new Error('header must name the header with the signature');
  const places = { header: id?.header, pointer: id?.pointer };
  if ((places.header === undefined) === (places.pointer === undefined)) {
    throw new Error('id must be either { "header": … } or { "pointer": … }: where a message has the id of it');
  }
  return hmacScheme({
    secrets,
    header,
    encoding: encoding ?? 'hex',
    ...(prefix === undefined ? {} : { prefix }),
    id: places.header === undefined ? { pointer: places.pointer! } : { header: places.header },
  });
}

/** @throws Error */
function mappingOf(
  { as: type, description, schema, data: pointer }: SourceSettings,
  types: Set<string>,
): Mapping | undefined {
  if (type === undefined) {
    if (schema ?? description ?? pointer) throw new Error('as must name the event, such as document.signed.v1');
    return undefined;
  }
  if (schema?.['type'] !== 'object') throw new Error('schema must be a JSON Schema of the type object');
  // Would be answered with a promise, which is no list of faults.
  if (schema['$async'] !== undefined) throw new Error('schema must not be asynchronous: leave out $async');
  if (types.has(type)) throw new Error(`as: another source is ${type} already`);
  types.add(type);
  const declared = attempt(() => declareEvent(type, description ?? `A third party reported ${type}.`, schema));
  if ('error' in declared) throw new Error(`as: ${declared.error}`);
  const event = declared.value;
  const faults = examine(event);
  if (faults.length > 0) throw new Error(`schema ${faults.join('; ')}`);
  return { type, event, pointer: pointer ?? '' };
}

/** Partners are shown an example of every event, and can have it sent to them as a test. */
function examine(event: Mapping['event']): string[] {
  const contract = contractOf(event);
  const compiled = attempt(() => contract.check({}));
  if ('error' in compiled) return [`cannot be used: ${compiled.error}`];
  const example = attempt(() => exampleOf(contract.schema));
  const faults = 'error' in example ? [example.error] : contract.check(example.value);
  return faults.length === 0 ? [] : ['must have "examples", a list with data that it describes'];
}

function attempt<T>(work: () => T): { value: T } | { error: string } {
  try {
    return { value: work() };
  } catch (error) {
    return { error: (error as Error).message };
  }
}
