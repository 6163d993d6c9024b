import type { JsonSchema } from './json-schema.js';
import { allContracts, type Contract } from './registry.js';

/** Every fact carries a CloudEvents 1.0 envelope in binary mode, in its NATS headers. */
const headers: JsonSchema = {
  type: 'object',
  required: ['ce-specversion', 'ce-id', 'ce-source', 'ce-type', 'ce-subject', 'ce-sequence', 'ce-time'],
  properties: {
    'ce-specversion': { type: 'string', const: '1.0' },
    'ce-id': {
      type: 'string',
      format: 'uuid',
      description: 'Id of the fact, UUIDv7; the same whenever it is delivered.',
    },
    'ce-source': {
      type: 'string',
      description: 'The service that states it, and where in it.',
      examples: ['/order', '/gateway/hooks/stripe'],
    },
    'ce-type': { type: 'string', examples: ['order.placed.v1'] },
    'ce-subject': { type: 'string', description: 'Id of the aggregate it is about.' },
    'ce-sequence': {
      type: 'string',
      pattern: '^[0-9]+$',
      description:
        'Version of the aggregate: the newer of two facts has the higher one. No order of arrival is promised.',
    },
    'ce-time': { type: 'string', format: 'date-time' },
    'ce-correlationid': { type: 'string', description: 'Id of the order, the same on every fact of its journey.' },
    'ce-causationid': { type: 'string', format: 'uuid', description: 'Id of the fact that caused this one.' },
    traceparent: { type: 'string', description: 'W3C trace context.' },
  },
};

const reference = (place: string, name: string) => ({ $ref: `#/${place}/${name}` });

const channelOf = ({ type, subject, description }: Contract) => ({
  address: subject,
  description,
  messages: { [type]: reference('components/messages', type) },
});

const operationOf = ({ type, description }: Contract) => ({
  action: 'send',
  summary: description,
  channel: reference('channels', type),
  messages: [reference(`channels/${type}/messages`, type)],
});

const messageOf = ({ type, description, audience }: Contract) => ({
  name: type,
  title: type,
  summary: description,
  contentType: 'application/json',
  correlationId: { location: '$message.header#/ce-correlationid' },
  headers: reference('components/schemas', 'envelope'),
  payload: reference('components/schemas', type),
  'x-audience': audience,
});

/** AsyncAPI 3.0 of every fact the shop states. */
export function asyncApiDocument(contracts: Contract[] = allContracts()): JsonSchema {
  const each = <T>(make: (contract: Contract) => T): Record<string, T> =>
    Object.fromEntries(contracts.map((contract) => [contract.type, make(contract)]));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Hookshop',
      version: '1.0.0',
      description:
        'The facts on which the services of the shop act, in one JetStream stream (EVENTS). Facts are delivered at ' +
        'least once; readers tolerate properties they do not know.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      local: { host: 'localhost:3042', protocol: 'nats', description: 'The broker that npm start brings up.' },
    },
    channels: each(channelOf),
    operations: each(operationOf),
    components: {
      messages: each(messageOf),
      schemas: { envelope: headers, ...each(({ schema }) => schema) },
    },
  };
}
