import { createRequire } from 'node:module';
import { getMetadataStorage } from 'class-validator';
import { targetConstructorToSchema } from 'class-validator-jsonschema';
import type { EventClass } from './event-contract.js';

export type JsonSchema = { [key: string]: unknown };

// class-transformer keeps its storage out of its ESM entry; nested types (@Type) are found through it.
const { defaultMetadataStorage } = createRequire(import.meta.url)('class-transformer/cjs/storage') as {
  defaultMetadataStorage: never;
};

/** JSON Schema of a class-validator class, nested classes inlined so that it can be read alone. */
export function schemaOf(type: EventClass): JsonSchema {
  const definitions = new Map<string, EventClass>();
  const raw = schemaWithReferences(type);
  return inline(raw, definitions);
}

const schemaWithReferences = (type: EventClass): JsonSchema =>
  targetConstructorToSchema(type, {
    classTransformerMetadataStorage: defaultMetadataStorage,
    classValidatorMetadataStorage: getMetadataStorage(),
    refPointerPrefix: '#/',
  }) as JsonSchema;

function inline(node: unknown, known: Map<string, EventClass>): JsonSchema {
  return visit(node, known) as JsonSchema;
}

function visit(node: unknown, known: Map<string, EventClass>): unknown {
  if (Array.isArray(node)) return node.map((item) => visit(item, known));
  if (node === null || typeof node !== 'object') return node;
  const schema = node as JsonSchema;
  if (typeof schema['$ref'] === 'string') return schemaOf(classNamed(schema['$ref'].replace('#/', '')));
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, visit(value, known)]),
  );
}

/** class-validator-jsonschema names nested classes; class-transformer knows the class behind the name. */
function classNamed(name: string): EventClass {
  const storage = defaultMetadataStorage as unknown as {
    _typeMetadatas: Map<EventClass, Map<string, { typeFunction(): EventClass }>>;
  };
  for (const properties of storage._typeMetadatas.values()) {
    for (const { typeFunction } of properties.values()) {
      const candidate = typeFunction();
      if (candidate?.name === name) return candidate;
    }
  }
  throw new Error(`${name} is nested in a contract but never named by @Type(() => ${name})`);
}
