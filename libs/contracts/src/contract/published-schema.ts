import type { JsonSchema } from './json-schema.js';
import type { Contract } from './registry.js';

/** The schema of a fact as it is committed and shown to others: it can be read without the code. */
export const publishedSchema = ({ type, description, audience, schema }: Contract): JsonSchema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: `urn:hookshop:event:${type}`,
  title: type,
  description,
  'x-audience': audience,
  ...schema,
});
