import { jest } from '@jest/globals';
import type { Page } from '@hookshop/contracts';
import type { ReceiptView } from '../receipts/receipt-view.js';
import { InboundUnderTest, type Webhook } from '../testing/inbound-under-test.js';
import { ask, type RawAnswer } from '../testing/raw-request.js';
import { newBody, senderNamed, senders, type Sender } from '../testing/senders.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

type Headers = [name: string, value: string][];

/** A message that nobody we know has sent as it is. */
interface Forgery {
  what: string;
  reason: string;
  forge(): Promise<{ headers: Headers; body: string }>;
}

const untrusted: Record<Sender['source'], string> = {
  stripe: 'no signature is by a trusted key',
  carrier: 'no signature is by a trusted key',
  github: 'the signature is by no trusted key',
  shopify: 'the signature is by no trusted key',
  esign: 'the signature is by no trusted key',
};
const malformed: Record<Sender['source'], [value: string, reason: string]> = {
  stripe: ['t=1700000000;v1=00', 't of stripe-signature is not a number of seconds'],
  carrier: ['v1,!', 'webhook-signature has no well-formed v1 or v1a signature'],
  github: ['sha1=00', 'x-hub-signature-256 is not sha256= and 64 lower-case hex digits'],
  shopify: ['00', 'x-shopify-hmac-sha256 is not 32 bytes in padded base64'],
  esign: ['00', 'x-esign-signature is not 64 lower-case hex digits'],
};

const plain = ({ headers, body }: Webhook) => ({ headers: Object.entries(headers) as Headers, body: body as string });
const altered = (body: string, at: number): string =>
  body.slice(0, at) + String.fromCharCode(body.charCodeAt(at) ^ 1) + body.slice(at + 1);

function forgeriesOf(sender: Sender): Forgery[] {
  const { source, header, idHeader } = sender;
  const signed = async () => plain(await sender.sign(newBody()));
  const changed = (change: (headers: Headers) => Headers) => async () => {
    const { headers, body } = await signed();
    return { headers: change(headers), body };
  };
  const instead = (value: string) =>
    changed((headers) => headers.map(([name, old]) => [name, name === header ? value : old]));
  const without = (gone: string) => changed((headers) => headers.filter(([name]) => name !== gone));
  const twice = (which: string) => changed((headers) => [...headers, ...headers.filter(([name]) => name === which)]);
  const atByte = (place: (body: string) => number) => async () => {
    const { headers, body } = await signed();
    return { headers, body: altered(body, place(body)) };
  };
  const [wrong, itsFault] = malformed[source];
  const forgeries: Forgery[] = [
    { what: 'with another first byte', reason: untrusted[source], forge: atByte(() => 0) },
    { what: 'with another byte in the middle', reason: untrusted[source], forge: atByte((body) => body.length >> 1) },
    { what: 'with another last byte', reason: untrusted[source], forge: atByte((body) => body.length - 1) },
    {
      what: 'with the signature of somebody else',
      reason: untrusted[source],
      forge: async () => plain(await sender.sign(newBody(), { secret: sender.anotherSecret })),
    },
    { what: 'without a signature', reason: `${header} is missing`, forge: without(header) },
    { what: 'with its signature twice', reason: `${header} came twice`, forge: twice(header) },
    { what: 'with a malformed signature', reason: itsFault, forge: instead(wrong) },
    {
      what: 'with a signature of more than 8 KiB',
      reason: `${header} exceeds 8192 bytes`,
      forge: instead('v1,'.padEnd(8_193, 'A')),
    },
  ];
  if (idHeader !== undefined) {
    forgeries.push(
      { what: 'without an id', reason: `${idHeader} is missing`, forge: without(idHeader) },
      { what: 'with two ids', reason: `${idHeader} came twice`, forge: twice(idHeader) },
    );
  }
  return forgeries;
}

let shop: InboundUnderTest;
/** What everybody hears who is refused. */
let refusal: RawAnswer;

beforeAll(async () => {
  shop = await InboundUnderTest.start();
  refusal = await send('stripe', { headers: [], body: '{}' });
});
afterAll(() => shop.stop());

const send = (source: string, request: { headers: Headers; body: string }): Promise<RawAnswer> =>
  ask(`${shop.gateway.url}/hooks/${source}`, request);
const lastRejectedOf = async (source: string): Promise<ReceiptView> => {
  const response = await shop.gateway.fetch(`/v1/inbound-webhooks?status=rejected&source=${source}&limit=1`, {
    as: 'admin',
  });
  return ((await response.json()) as Page<ReceiptView>).data[0]!;
};

describe.each(senders)('a webhook of $source', (sender) => {
  const { source } = sender;

  it('is taken as its own library signs it', async () => {
    expect(await shop.take(await sender.sign(newBody()))).toMatchObject({ status: 'received' });
  });

  it.each(forgeriesOf(sender))('is refused $what, and the reason is written down', async ({ forge, reason }) => {
    expect(await send(source, await forge())).toEqual(refusal);

    expect(await lastRejectedOf(source)).toMatchObject({ source, status: 'rejected', webhookId: null, reason });
  });
});

describe.each(senders.filter(({ signsTime }) => signsTime))('a webhook of $source, whose time is signed', (sender) => {
  const { source } = sender;
  const now = Math.floor(Date.now() / 1_000);
  /** It is sent, and judged, at this very moment, however busy the machine is. */
  const sentNow = async (at: number): Promise<RawAnswer> => {
    const request = plain(await sender.sign(newBody(), { at }));
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now * 1_000);
    try {
      return await send(source, request);
    } finally {
      clock.mockRestore();
    }
  };

  it.each([-300, 300])('is taken when the clocks differ by %d s', async (difference) => {
    expect((await sentNow(now + difference)).status).toBe(202);
  });

  it.each([
    [-301, 'is more than 300 s old'],
    [301, 'is more than 300 s ahead'],
  ])('is refused when they differ by %d s, and the reason is written down', async (difference, fault) => {
    expect(await sentNow(now + difference)).toEqual(refusal);

    const place = source === 'stripe' ? 't of stripe-signature' : 'webhook-timestamp';
    const written = await shop.database.query(
      `SELECT reason FROM inbound_webhooks WHERE source = $1 AND reason LIKE '%300 s%' ORDER BY id DESC LIMIT 1`,
      [source],
    );
    expect(written).toEqual([{ reason: `${place} ${fault}` }]);
  });
});

describe('a webhook whose id is in the body', () => {
  it.each([
    ['stripe', {}, 'the id of the event is missing'],
    ['stripe', { id: 'evt 1' }, 'the id of the event is not 1 to 255 printable characters without spaces'],
    ['esign', {}, 'the id at "/delivery/id" in the body is missing'],
  ] as const)('of %s is refused with %j, though it is signed', async (source, content, reason) => {
    const webhook = await senderNamed(source).sign(JSON.stringify(content));

    expect(await send(source, plain(webhook))).toEqual(refusal);
    expect(await lastRejectedOf(source)).toMatchObject({ reason });
  });

  it.each(['stripe', 'esign'] as const)('of %s is refused when it is not JSON, though it is signed', async (source) => {
    const webhook = await senderNamed(source).sign('{"id":"evt_1"');

    expect(await send(source, plain(webhook))).toEqual(refusal);
    const reason = 'the body is not JSON in UTF-8, and its id cannot be read';
    expect(await lastRejectedOf(source)).toMatchObject({ reason });
  });
});

describe('a signature header of many signatures', () => {
  const strange = Buffer.alloc(32, 7);
  /** As many as fit before the right one. */
  const before = (right: string, one: string, separator: string, room = 8_192): string => {
    const count = Math.floor((room - right.length) / (one.length + separator.length));
    return [...Array<string>(count).fill(one), right].join(separator);
  };

  it('of Standard Webhooks reaches the verifier with 8 KiB, and the last of them may be the right one', async () => {
    const { headers, body } = plain(await senderNamed('carrier').sign(newBody()));
    const long = headers.map(([name, value]): [string, string] => [
      name,
      name === 'webhook-signature' ? before(value, `v1,${strange.toString('base64')}`, ' ') : value,
    ]);
    expect(long.find(([name]) => name === 'webhook-signature')![1].length).toBeGreaterThan(8_000);

    expect((await send('carrier', { headers: long, body })).status).toBe(202);
  });

  it('of Stripe reaches the verifier with 8 KiB, and the last of them may be the right one', async () => {
    const { headers, body } = plain(await senderNamed('stripe').sign(newBody()));
    const [time, right] = headers[0]![1].split(',') as [string, string];
    const others = `v1=${strange.toString('hex')}`;
    const value = `${time},${before(right, others, ',', 8_192 - time.length - 1)}`;
    expect(value.length).toBeGreaterThan(8_000);

    expect((await send('stripe', { headers: [['stripe-signature', value]], body })).status).toBe(202);
  });
});

describe('the refusal', () => {
  it('is a problem that tells nothing', () => {
    expect(refusal.status).toBe(401);
    expect(refusal.headers).toContain('content-type: application/problem+json');
    expect(JSON.parse(refusal.body)).toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      detail: 'The webhook could not be verified.',
    });
  });
});
