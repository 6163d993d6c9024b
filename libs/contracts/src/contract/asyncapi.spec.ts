import { allContracts, asyncApiDocument } from '../index.js';

type Node = { readonly [key: string]: Node };
type Reference = { readonly $ref: Node };

const document = asyncApiDocument() as Node;

/** What a local `$ref` points at. */
const resolve = ({ $ref }: Reference): Node =>
  String($ref)
    .slice(2)
    .split('/')
    .reduce((node, key) => node[key]!, document);

describe('the AsyncAPI document', () => {
  it('has one channel per fact, addressed by its subject', () => {
    const addresses = Object.values(document['channels']!).map(({ address }) => address);

    expect(addresses).toEqual(allContracts().map(({ subject }) => subject));
  });

  it.each(allContracts().map(({ type, schema }) => ({ type, schema })))(
    'leads from the operation of $type to its schema',
    ({ type, schema }) => {
      const operation = document['operations']![type]!;
      const message = resolve(resolve(operation['messages']![0] as Reference) as Reference);

      expect(resolve(operation['channel'] as Reference)).toBe(document['channels']![type]);
      expect(resolve(message['payload'] as Reference)).toEqual(schema);
      expect(resolve(message['headers'] as Reference)['required']).toContain('ce-id');
    },
  );

  it('is the same whenever it is made', () => {
    expect(JSON.stringify(asyncApiDocument())).toBe(JSON.stringify(document));
  });
});
