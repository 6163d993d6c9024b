import { contractOf, findContract } from '@hookshop/contracts';
import { openSources } from './open-sources.js';

const secret = 'never shown to anybody';
const hmac = { secret, header: 'X-Signature', id: { header: 'X-Id' } };
const schema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };

const open = (sources: unknown, environment = {}) => openSources(JSON.stringify(sources), environment);
const faultsOf = (source: unknown, name = 'esign', environment = {}): string[] =>
  open({ [name]: source }, environment).faults;

describe('the sources of the configuration', () => {
  it('are opened with their scheme', () => {
    const { sources, faults } = open({ esign: hmac, 'crm-2': { secret: 'whsec_x', scheme: 'stripe' } });

    expect(faults).toEqual([]);
    expect(sources.map(({ name, scheme }) => [name, scheme.signsIdAndTime])).toEqual([
      ['esign', false],
      ['crm-2', true],
    ]);
    expect(sources[0]).not.toHaveProperty('mapping');
  });

  it('may be none', () => {
    expect(open({})).toEqual({ sources: [], faults: [] });
  });

  it.each(['', '{', '[]', 'null', '"esign"', '1'])('cannot be read from %j', (text) => {
    expect(openSources(text, {})).toEqual({ sources: [], faults: ['must be a JSON object of sources by name'] });
  });

  it.each(['', 'Esign', 'e_sign', '-esign', 'e sign', 'esign/1', '__proto__', 'é', 'a'.repeat(64)])(
    'cannot be called %j',
    (name) => {
      const text = `{${JSON.stringify(name)}:${JSON.stringify(hmac)}}`;

      expect(openSources(text, {}).faults).toEqual([
        `${JSON.stringify(name)}: a name is 1 to 63 lower-case letters, digits and hyphens`,
      ]);
    },
  );

  it.each(['a', '0', 'e-sign', 'a'.repeat(63), 'constructor'])('may be called %j', (name) => {
    expect(faultsOf(hmac, name)).toEqual([]);
  });

  it.each([
    ['stripe', 'STRIPE_WEBHOOK_SECRET'],
    ['carrier', 'CARRIER_WEBHOOK_SECRET'],
    ['github', 'GITHUB_WEBHOOK_SECRET'],
    ['shopify', 'SHOPIFY_WEBHOOK_SECRET'],
  ])('cannot be called %s, which has a variable of its own', (name, variable) => {
    expect(faultsOf(hmac, name)).toEqual([`"${name}": has a variable of its own, ${variable}`]);
  });

  const schemes = 'hmac, standard, stripe, github, shopify';
  const needsPlace = 'id must be either { "header": … } or { "pointer": … }: where a message has the id of it';
  it.each<[fault: string, source: unknown]>([
    ['must be an object', secret],
    ['must be an object', [hmac]],
    ['must be an object', null],
    ['property colour should not exist', { ...hmac, colour: secret }],
    ['secret must be a string', { ...hmac, secret: undefined }],
    ['secret must be a string', { ...hmac, secret: 1 }],
    ['secret: There is no secret to verify signatures with: give at least one', { ...hmac, secret: ' , ' }],
    ['secret: The key must start with whsec_', { secret, scheme: 'standard' }],
    [`scheme must be one of the following values: ${schemes}`, { secret, scheme: 'rsa' }],
    [`scheme must be one of the following values: ${schemes}`, { secret, scheme: 'constructor' }],
    ['header must name the header with the signature', { ...hmac, header: undefined }],
    ['header must be the name of a header', { ...hmac, header: 'X Signature' }],
    ['header must be the name of a header', { ...hmac, header: '' }],
    ['header must be the name of a header', { ...hmac, header: ['X-Signature'] }],
    ['encoding must be one of the following values: hex, base64', { ...hmac, encoding: 'base64url' }],
    ['prefix must be shorter than or equal to 100 characters; prefix must be a string', { ...hmac, prefix: 1 }],
    ['prefix must be shorter than or equal to 100 characters', { ...hmac, prefix: 'a'.repeat(101) }],
    [needsPlace, { ...hmac, id: undefined }],
    [needsPlace, { ...hmac, id: {} }],
    [needsPlace, { ...hmac, id: { header: 'X-Id', pointer: '/id' } }],
    ['id.header must be the name of a header', { ...hmac, id: { header: 'X:Id' } }],
    ['id.pointer must be a JSON pointer such as /event/id', { ...hmac, id: { pointer: 'event.id' } }],
    ['id.pointer must be a JSON pointer such as /event/id', { ...hmac, id: { pointer: '/a~2' } }],
    ['id.property colour should not exist', { ...hmac, id: { header: 'X-Id', colour: 1 } }],
    ['data must be a JSON pointer such as /event/id', { ...hmac, as: 'letter.sent.v1', schema, data: 'data' }],
    ['header is for the scheme hmac; stripe has its own', { secret, scheme: 'stripe', header: 'X-Signature' }],
    ['id is for the scheme hmac; github has its own', { secret, scheme: 'github', id: { header: 'X-Id' } }],
    ['prefix is for the scheme hmac; shopify has its own', { secret, scheme: 'shopify', prefix: '' }],
  ])('are refused: %s', (fault, source) => {
    const faults = faultsOf(source);

    expect(faults).toEqual([`"esign": ${fault}`]);
    expect(faults.join()).not.toContain(secret);
  });

  it('tell what is wrong with each of them, in all its properties, at once', () => {
    const { sources, faults } = open({
      first: { ...hmac, header: 'X Y', encoding: 'rot13', colour: 1 },
      second: hmac,
      third: { ...hmac, header: undefined, as: 'nothing' },
      Fourth: hmac,
    });

    expect(sources.map(({ name }) => name)).toEqual(['second']);
    expect(faults).toEqual([
      '"first": property colour should not exist; header must be the name of a header; encoding must be one of the following values: hex, base64',
      '"third": header must name the header with the signature; schema must be a JSON Schema of the type object',
      '"Fourth": a name is 1 to 63 lower-case letters, digits and hyphens',
    ]);
  });

  it('have several secrets, separated by commas', () => {
    expect(faultsOf({ ...hmac, secret: `${secret}, another` })).toEqual([]);
  });

  describe('with a demo secret', () => {
    const demo = { ...hmac, secret: `${secret},demo_esign_secret` };

    it('are opened while developing, and in a production that says it is a demo', () => {
      expect(faultsOf(demo)).toEqual([]);
      expect(faultsOf(demo, 'esign', { nodeEnv: 'production', hookshopDemo: true })).toEqual([]);
    });

    it('are refused in production', () => {
      expect(faultsOf(demo, 'esign', { nodeEnv: 'production' })).toEqual([
        '"esign": secret must not hold the demo secret in production; take the one that the sender shows, or set HOOKSHOP_DEMO=true',
      ]);
    });
  });

  describe('that stand for an event', () => {
    const letter = { ...hmac, as: 'letter.sent.v1', schema };
    const needsExample = 'schema must have "examples", a list with data that it describes';

    it('declare it: every partner may have it', () => {
      const description = 'Somebody sent a letter.';
      const { sources, faults } = open({ esign: { ...letter, description, data: '/letter' } });

      expect(faults).toEqual([]);
      const { mapping } = sources[0]!;
      expect(mapping).toMatchObject({ type: 'letter.sent.v1', pointer: '/letter' });
      expect(contractOf(mapping!.event)).toMatchObject({
        type: 'letter.sent.v1',
        audience: 'all',
        description,
        schema,
      });
    });

    it('find it in the whole body, and describe it, where nothing else is said', () => {
      const { mapping } = open({ esign: letter }).sources[0]!;

      expect(mapping!.pointer).toBe('');
      expect(contractOf(mapping!.event).description).toBe('A third party reported letter.sent.v1.');
    });

    it('may be read again, as when the configuration is checked first', () => {
      const id = 'https://schemas.example/letter.json';
      for (let count = 0; count < 2; count += 1) {
        expect(faultsOf({ ...letter, schema: { ...schema, $id: id } })).toEqual([]);
      }
    });

    it.each<[fault: string, source: object]>([
      ['as must name the event, such as document.signed.v1', { ...letter, as: undefined }],
      ['as must name the event, such as document.signed.v1', { ...hmac, data: '/letter' }],
      ['as must name the event, such as document.signed.v1', { ...hmac, description: 'A letter.' }],
      ['as must be a string', { ...letter, as: 1 }],
      [
        'as: "letter.sent" is not an event type: write aggregate.fact.v1 in kebab case',
        { ...letter, as: 'letter.sent' },
      ],
      [
        'as: "Letter.sent.v1" is not an event type: write aggregate.fact.v1 in kebab case',
        { ...letter, as: 'Letter.sent.v1' },
      ],
      [
        'as: "order.approved.v1" would pass for a fact of the shop: order has facts of its own',
        { ...letter, as: 'order.approved.v1' },
      ],
      [
        'as: "order.placed.v1" would pass for a fact of the shop: order has facts of its own',
        { ...letter, as: 'order.placed.v1' },
      ],
      ['schema must be a JSON Schema of the type object', { ...letter, schema: undefined }],
      ['schema must be a JSON Schema of the type object', { ...letter, schema: { type: 'array' } }],
      ['schema must not be asynchronous: leave out $async', { ...letter, schema: { ...schema, $async: true } }],
      ['schema must be an object', { ...letter, schema: [schema] }],
      ['schema must be an object', { ...letter, schema: 'object' }],
      [needsExample, { ...letter, schema: { ...schema, required: ['other'] } }],
      [needsExample, { ...letter, schema: { ...schema, examples: [{ name: 1 }] } }],
      [
        needsExample,
        { ...letter, schema: { type: 'object', properties: { name: { type: 'string', pattern: '^#{9}$' } } } },
      ],
      ['description must be shorter than or equal to 500 characters', { ...letter, description: 'a'.repeat(501) }],
    ])('are refused: %s', (fault, source) => {
      expect(faultsOf(source)).toEqual([`"esign": ${fault}`]);
    });

    it.each([
      ['a type that there is not', { ...schema, properties: { name: { type: 'text' } } }],
      ['a reference to nothing', { ...schema, properties: { name: { $ref: '#/$defs/name' } } }],
      ['a pattern that is none', { ...schema, properties: { name: { type: 'string', pattern: '(' } } }],
    ])('are refused with a schema that has %s', (_, broken) => {
      expect(faultsOf({ ...letter, schema: broken })).toEqual([
        expect.stringContaining('"esign": schema cannot be used: '),
      ]);
    });

    it('may give an example where none can be found', () => {
      const properties = { name: { type: 'string', pattern: '^#{9}$' } };
      const example = { name: '#########' };

      expect(faultsOf({ ...letter, schema: { ...schema, properties, examples: [example] } })).toEqual([]);
    });

    it('stand for an event each', () => {
      expect(open({ esign: letter, post: { ...letter, secret: 'another' } }).faults).toEqual([
        '"post": as: another source is letter.sent.v1 already',
      ]);
    });

    it('declare nothing when they are refused', () => {
      faultsOf({ ...letter, as: 'parcel.dropped.v1', schema: { type: 'array' } });

      expect(findContract('parcel.dropped.v1')).toBeUndefined();
    });
  });
});
