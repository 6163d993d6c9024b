import 'reflect-metadata';
import { getMetadataStorage, validateSync } from 'class-validator';
import { InvalidEnvironment, type EnvironmentFault } from './invalid-environment.js';

/**
 * Builds a config class from environment variables: property `databaseUrl` is read from `DATABASE_URL`, converted by
 * the property's type (number, boolean, string, comma-separated list) and validated with class-validator. Properties
 * need a class-validator decorator or a default (an initialiser) to be seen. An empty variable counts as not set.
 *
 * @param read the only properties to read and to check; left out, all of them
 * @throws InvalidEnvironment naming every fault at once
 */
export function loadConfig<T extends object>(
  type: new () => T,
  env: NodeJS.ProcessEnv,
  read?: readonly (keyof T & string)[],
): T {
  const config = new type();
  const values = config as Record<string, unknown>;
  const faults: EnvironmentFault[] = [];

  const isRead = (property: string): boolean => (read as readonly string[] | undefined)?.includes(property) ?? true;

  for (const property of propertiesOf(type, config)) {
    if (!isRead(property)) continue;
    const text = env[variableOf(property)]?.trim();
    if (text === undefined || text === '') continue;
    const converted = convert(text, kindOf(type, property, values[property]));
    if ('expected' in converted) faults.push({ variable: variableOf(property), expected: converted.expected });
    else values[property] = converted.value;
  }

  const unreadable = new Set(faults.map(({ variable }) => variable));
  for (const { property, value, constraints } of validateSync(config, { forbidUnknownValues: false })) {
    const variable = variableOf(property);
    if (unreadable.has(variable) || !isRead(property)) continue;
    const missing = value === undefined ? 'is not set; it ' : '';
    const expectations = Object.values(constraints ?? { invalid: 'is not valid' });
    for (const expectation of value === undefined ? expectations.slice(0, 1) : expectations) {
      faults.push({ variable, expected: missing + withoutName(expectation, property) });
    }
  }

  if (faults.length > 0) throw new InvalidEnvironment(faults);
  return config;
}

const variableOf = (property: string): string => property.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();

/** class-validator says `port must be an integer number`; the variable's name already stands in front. */
const withoutName = (expectation: string, property: string): string =>
  expectation.replace(new RegExp(`^(each value in )?${property} `), (_, each?: string) => (each ? 'each value ' : ''));

function propertiesOf(type: new () => object, config: object): Set<string> {
  const validated = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  return new Set([...validated.map(({ propertyName }) => propertyName), ...Object.keys(config)]);
}

/** The compiler writes the declared type of a decorated property; a type it cannot name is told by the default. */
function kindOf(type: new () => object, property: string, initial: unknown): unknown {
  const declared: unknown = Reflect.getMetadata('design:type', type.prototype as object, property);
  if (declared === Number || declared === Boolean || declared === String || declared === Array) return declared;
  if (Array.isArray(initial)) return Array;
  if (typeof initial === 'number') return Number;
  if (typeof initial === 'boolean') return Boolean;
  return String;
}

function convert(text: string, kind: unknown): { value: unknown } | { expected: string } {
  if (kind === Number) {
    return /^-?\d+(\.\d+)?$/.test(text) ? { value: Number(text) } : { expected: 'must be a number, such as 30' };
  }
  if (kind === Boolean) {
    if (text === 'true' || text === '1') return { value: true };
    if (text === 'false' || text === '0') return { value: false };
    return { expected: 'must be true or false' };
  }
  if (kind === Array) {
    const items = text.split(',').map((item) => item.trim());
    return { value: items.filter((item) => item !== '') };
  }
  return { value: text };
}
