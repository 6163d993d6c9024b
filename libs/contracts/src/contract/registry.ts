import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import {
  type Audience,
  declaredContract,
  declaredContracts,
  declaredType,
  type EventClass,
  eventType,
} from './event-contract.js';
import { schemaOf, type JsonSchema } from './json-schema.js';

/** Everything known about one version of one fact. */
export interface Contract {
  /** `order.placed.v1` */
  readonly type: string;
  /** `order.placed` */
  readonly name: string;
  readonly version: number;
  /** `order` */
  readonly aggregate: string;
  /** NATS subject, `shop.order.placed.v1` */
  readonly subject: string;
  readonly audience: Audience;
  readonly description: string;
  readonly event: EventClass;
  /** JSON Schema of the data; readers tolerate unknown properties. */
  readonly schema: JsonSchema;
  /** Faults in the data, each naming its place; empty when valid. */
  check(data: unknown): string[];
}

export const SUBJECT_PREFIX = 'shop.';
export const subjectOf = (type: string): string => SUBJECT_PREFIX + type;

type AddFormats = (ajv: Ajv, options: { mode: 'full' }) => Ajv;
const newAjv = () =>
  (addFormats as unknown as AddFormats)(new Ajv({ allErrors: true, strict: false }), { mode: 'full' });
const ajv = newAjv();
const built = new Map<string, Contract>();

const fault = ({ instancePath, message }: ErrorObject): string =>
  `${instancePath.slice(1).replaceAll('/', '.') || 'data'} ${message ?? 'is invalid'}`;

function build(type: string): Contract | undefined {
  const definition = declaredContract(type);
  if (!definition) return undefined;
  const { event, schema: given, ...declared } = definition;
  const schema = given ?? schemaOf(event);
  // Compiled on first use: a service validates only the facts it handles or states.
  let validate: ValidateFunction | undefined;
  const contract: Contract = {
    ...declared,
    type,
    event,
    schema,
    aggregate: declared.name.split('.')[0]!,
    subject: subjectOf(type),
    check(data) {
      // A schema from outside may have an $id, which one Ajv takes once.
      validate ??= (given ? newAjv() : ajv).compile(schema);
      return validate(data) ? [] : (validate.errors ?? []).map(fault);
    },
  };
  built.set(type, contract);
  return contract;
}

/** The contract of a travelling type, or undefined when this build does not know it. */
export function findContract(type: string): Contract | undefined {
  const known = built.get(type);
  // What was declared again is another contract of the same name.
  return known && known.event === declaredContract(type)?.event ? known : build(type);
}

/** The contract that a class declares. Throws when the class is not a fact. */
export const contractOf = (event: EventClass): Contract => findContract(declaredType(event))!;

/** All contracts this build knows, by type. */
export const allContracts = (): Contract[] =>
  declaredContracts()
    .map(({ name, version }) => findContract(eventType(name, version))!)
    .sort((a, b) => a.type.localeCompare(b.type));

/** Highest version of a fact that this build knows, or 0. */
export const newestKnownVersion = (name: string): number =>
  Math.max(
    0,
    ...declaredContracts()
      .filter((known) => known.name === name)
      .map(({ version }) => version),
  );
