import { shopifyScheme } from './shopify-scheme.js';
import { alteredBodies, outcomeOf, received } from './testing/received.js';

/** As published. */
const secret = 'hush';
const body = '{"id":1,"name":"#1001"}';
const signature = 'ybi5GMyq3UlgsyWLTJU1wvBRjL3uJyvuWTBki5k2cJY=';
const id = 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043';
const headers = { 'X-Shopify-Webhook-Id': id, 'X-Shopify-Hmac-Sha256': signature };

const scheme = shopifyScheme([secret]);
const untrusted = 'the signature is by no trusted key';
const malformed = 'x-shopify-hmac-sha256 is not 32 bytes in padded base64';

describe("Shopify's scheme", () => {
  it('takes the published message, under its id', () => {
    expect(outcomeOf(scheme, received(headers, body))).toBe(`ok ${id}`);
    expect(scheme.signsIdAndTime).toBe(false);
  });

  it('refuses a body in which any one byte was altered', () => {
    for (const altered of alteredBodies(body)) expect(outcomeOf(scheme, received(headers, altered))).toBe(untrusted);
  });

  it('trusts every one of its secrets, and no other', () => {
    expect(outcomeOf(shopifyScheme(['another', secret]), received(headers, body))).toBe(`ok ${id}`);
    expect(outcomeOf(shopifyScheme(['another']), received(headers, body))).toBe(untrusted);
  });

  it.each([
    [undefined, 'x-shopify-hmac-sha256 is missing'],
    [[signature, signature], 'x-shopify-hmac-sha256 came twice'],
    [signature.replace('=', ''), malformed],
    [signature.replace('Y=', 'Z='), malformed],
    [` ${signature}`, malformed],
    [Buffer.from(signature, 'base64').toString('hex'), malformed],
    [Buffer.alloc(31).toString('base64'), malformed],
  ])('refuses the signature %j', (value, reason) => {
    expect(outcomeOf(scheme, received({ ...headers, 'X-Shopify-Hmac-Sha256': value }, body))).toBe(reason);
  });

  it('refuses a message without an id, or with two', () => {
    const having = (ids: string[]): string =>
      outcomeOf(scheme, received({ ...headers, 'X-Shopify-Webhook-Id': ids }, body));

    expect(having([])).toBe('x-shopify-webhook-id is missing');
    expect(having([id, id])).toBe('x-shopify-webhook-id came twice');
  });
});
