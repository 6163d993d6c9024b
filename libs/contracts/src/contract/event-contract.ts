import 'reflect-metadata';
import type { JsonSchema } from './json-schema.js';

/** Who may receive a fact: every partner, only the partner it concerns, or nobody outside the shop. */
export type Audience = 'all' | 'owner' | 'internal';

export type EventClass<T extends object = object> = new () => T;

export interface ContractDefinition {
  /** Aggregate and fact, `order.placed`. */
  name: string;
  version: number;
  description: string;
  audience: Audience;
  event: EventClass;
  /** Given where no class says what the data looks like. */
  schema?: JsonSchema;
}

const definitions = new Map<string, ContractDefinition>();
const typeByClass = new Map<EventClass, string>();

/** Type of a fact as it travels: `order.placed.v1`. */
export const eventType = (name: string, version: number): string => `${name}.v${version}`;

/**
 * Declares a class-validator class as the contract of a fact. Runtime check, JSON Schema, AsyncAPI and the webhook
 * catalogue are all derived from it.
 *
 * @param name aggregate and fact in kebab case, `order.placed`
 * @param version starts at 1; a break is a new class with the next version, published beside the old one
 */
export function EventContract(
  name: string,
  version: number,
  { description, audience = 'all' }: { description: string; audience?: Audience },
): (event: EventClass) => void {
  if (!/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/.test(name)) {
    throw new Error(`"${name}" is not an event name: write aggregate.fact in kebab case, for example order.placed`);
  }
  return (event) => {
    const type = eventType(name, version);
    if (definitions.has(type)) throw new Error(`${type} is already defined by ${definitions.get(type)!.event.name}`);
    definitions.set(type, { name, version, description, audience, event });
    typeByClass.set(event, type);
  };
}

const travellingType = /^([a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*)\.v([1-9]\d{0,3})$/;

/**
 * Declares a fact that is known only when the process runs, from its configuration: a JSON Schema is its contract, and
 * every partner may subscribe to it. Declaring it again replaces it.
 *
 * @param type as it travels, `document.signed.v1`
 * @returns stands for the fact where one is stated
 * @throws Error when the type is none, or its aggregate has facts of the shop's own
 */
export function declareEvent(type: string, description: string, schema: JsonSchema): EventClass {
  const [, name, version] = travellingType.exec(type) ?? [];
  if (name === undefined) throw new Error(`"${type}" is not an event type: write aggregate.fact.v1 in kebab case`);
  const [aggregate] = name.split('.');
  const ours = declaredContracts().some((known) => !known.schema && known.name.startsWith(`${aggregate}.`));
  if (ours) throw new Error(`"${type}" would pass for a fact of the shop: ${aggregate} has facts of its own`);
  const event = class DeclaredEvent {};
  definitions.set(type, { name, version: Number(version), description, audience: 'all', event, schema });
  typeByClass.set(event, type);
  return event;
}

export const declaredContract = (type: string): ContractDefinition | undefined => definitions.get(type);

export const declaredContracts = (): ContractDefinition[] => [...definitions.values()];

export function declaredType(event: EventClass): string {
  const type = typeByClass.get(event);
  if (!type) throw new Error(`${event.name} is not a fact: decorate it with @EventContract`);
  return type;
}
