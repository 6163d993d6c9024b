import { jest } from '@jest/globals';
import { OutboundUnderTest } from '../testing/outbound-under-test.js';
import { Partner, type Refusal } from './testing/partners.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const good = { url: 'https://partner.example/hook', eventTypes: ['order.placed.v1'] };
const secretOf = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
const headers = (count: number, length: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-Own-${index}`, 'x'.repeat(length)]));

describe('an endpoint that cannot be', () => {
  let shop: OutboundUnderTest;
  let acme: Partner;

  beforeAll(async () => {
    shop = await OutboundUnderTest.start({ webhookAllowHttp: true, webhookAllowedPrivateHosts: [] });
    acme = await Partner.join(shop.gateway, 'acme');
  });
  afterEach(async () => {
    // Emptied, so that one that got in is the fault of its own test only.
    expect(await shop.database.query(`DELETE FROM webhook_endpoints RETURNING url`)).toEqual([]);
  });
  afterAll(async () => {
    await shop.stop();
  });

  const create = (body: unknown): Promise<Refusal> => acme.refused('', { body });
  const faults = ({ errors = [] }: Refusal): string[] => [...new Set(errors.map(({ path }) => path))];

  it.each([
    'http://localhost/',
    'http://localhost./',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://①②⑦.⓪.⓪.①/',
    'http://169.254.169.254/latest/meta-data/',
    'https://user:pass@example.com/',
    'https://example.com/#fragment',
    'ftp://example.com/',
    'file:///etc/passwd',
    'https://example.com:25/',
    'not a url',
    '',
  ])('is at %j', async (url) => {
    const refusal = await create({ ...good, url });

    expect(refusal.status).toBe(422);
    expect(refusal.errors).toEqual([{ path: 'url', message: expect.stringMatching(/^url /) as string }]);
  });

  it.each([
    ['an unknown event type', { eventTypes: ['order.placed.v1', 'order.eaten.v1'] }, ['eventTypes.1']],
    ['an internal event type', { eventTypes: ['payment.requested.v1', 'nothing.*'] }, ['eventTypes.0', 'eventTypes.1']],
    ['a filter on no field', { filter: { 'data.nothing': 1 } }, ['filter.data.nothing']],
    ['a header of ours', { headers: { 'Webhook-Id': 'x' } }, ['headers.Webhook-Id']],
    ['a host of its own', { headers: { HOST: 'x', 'X-Ok': 'y' } }, ['headers.HOST']],
    ['a second line', { headers: { 'X-Foo': 'a\r\nHost: b' } }, ['headers.X-Foo']],
    ['a header that is no token', { headers: { 'X Foo': 'a' } }, ['headers.X Foo']],
    ['too long a header', { headers: { 'X-Foo': 'x'.repeat(1_025) } }, ['headers.X-Foo']],
    ['too many headers', { headers: headers(21, 1) }, ['headers']],
    ['headers too long together', { headers: headers(5, 1_000) }, ['headers']],
    ['one header twice', { headers: { 'X-Foo': 'a', 'x-foo': 'b' } }, ['headers']],
    ['too short a secret', { secret: secretOf(23) }, ['secret']],
    ['too long a secret', { secret: secretOf(65) }, ['secret']],
    ['a secret without its prefix', { secret: secretOf(32).slice(6) }, ['secret']],
  ])('has %s: 422', async (_, part, paths) => {
    const refusal = await create({ ...good, ...part });

    expect(refusal.status).toBe(422);
    expect(faults(refusal)).toEqual(paths);
  });

  it.each(['a\0b', '\ud83d'])('has text in its filter that no database keeps, %j: 400', async (currency) => {
    const refusal = await create({ ...good, filter: { 'data.currency': currency } });

    expect(refusal.status).toBe(400);
    expect(faults(refusal)).toEqual(['filter.data.currency']);
  });

  it.each([
    'host',
    'content-length',
    'content-type',
    'connection',
    'keep-alive',
    'proxy-authorization',
    'transfer-encoding',
    'te',
    'trailer',
    'upgrade',
    'expect',
    'user-agent',
    'accept-encoding',
    'webhook-signature',
    'ce-id',
    'traceparent',
  ])('sets the header %s', async (name) => {
    expect(await create({ ...good, headers: { [name]: 'x' } })).toMatchObject({
      status: 422,
      errors: [{ path: `headers.${name}`, message: expect.stringContaining(name) as string }],
    });
  });

  it.each([
    ['no URL', { url: undefined }, 'url'],
    ['a number as URL', { url: 5 }, 'url'],
    ['no event types', { eventTypes: undefined }, 'eventTypes'],
    ['an empty list of event types', { eventTypes: [] }, 'eventTypes'],
    ['a number as event type', { eventTypes: [5] }, 'eventTypes'],
    ['a description of two lines', { description: 'a\nb' }, 'description'],
    ['too long a description', { description: 'x'.repeat(201) }, 'description'],
    ['null as description', { description: null }, 'description'],
    ['a list as filter', { filter: [] }, 'filter'],
    ['an unknown format', { format: 'xml' }, 'format'],
    ['an unknown payload', { payload: 'fat' }, 'payload'],
    ['an unknown ordering', { ordering: 'all' }, 'ordering'],
    ['no v1 signature', { signatures: ['v1a'] }, 'signatures'],
    ['an unknown signature', { signatures: ['v1', 'v2'] }, 'signatures'],
    ['a number as header', { headers: { 'X-Foo': 5 } }, 'headers'],
    ['a list as headers', { headers: ['a'] }, 'headers'],
    ['no time at all', { timeoutSeconds: 0 }, 'timeoutSeconds'],
    ['too much time', { timeoutSeconds: 31 }, 'timeoutSeconds'],
    ['a fraction as pause', { retryScheduleSeconds: [0.5] }, 'retryScheduleSeconds'],
    ['too long a pause', { retryScheduleSeconds: [604_801] }, 'retryScheduleSeconds'],
    ['too many pauses', { retryScheduleSeconds: Array.from({ length: 21 }, () => 1) }, 'retryScheduleSeconds'],
    ['no deliveries at all', { maxPerSecond: 0 }, 'maxPerSecond'],
    ['too many a second', { maxPerSecond: 10_001 }, 'maxPerSecond'],
    ['none in flight', { maxInFlight: 0 }, 'maxInFlight'],
    ['too many in flight', { maxInFlight: 65 }, 'maxInFlight'],
    ['a number as secret', { secret: 5 }, 'secret'],
    ['an unknown status', { status: 'paused' }, 'status'],
    ['a property nobody knows', { colour: 'red' }, 'colour'],
    ['an id of its own', { id: 'x' }, 'id'],
  ])('has %s: 400', async (_, part, path) => {
    const refusal = await create({ ...good, ...part });

    expect(refusal.status).toBe(400);
    expect(faults(refusal)).toEqual([path]);
    // The name of the field, and words for people instead of a regular expression.
    expect(refusal.errors![0]!.message).toContain(path);
    expect(refusal.errors![0]!.message).not.toContain('regular expression');
  });

  it('is told all its faults at once, and its secret is not repeated', async () => {
    const refusal = await create({
      url: 'http://10.0.0.1/',
      eventTypes: ['order.eaten.v1'],
      headers: { Host: 'x' },
      secret: secretOf(5),
    });

    expect(refusal.status).toBe(422);
    expect(faults(refusal)).toEqual(['url', 'eventTypes.0', 'headers.Host', 'secret']);
    expect(JSON.stringify(refusal)).not.toContain(secretOf(5).slice(6));
  });
});
