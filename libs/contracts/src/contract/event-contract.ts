import 'reflect-metadata';

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

export const declaredContracts = (): ContractDefinition[] => [...definitions.values()];

export function declaredType(event: EventClass): string {
  const type = typeByClass.get(event);
  if (!type) throw new Error(`${event.name} is not a fact: decorate it with @EventContract`);
  return type;
}
