import { sign } from '@octokit/webhooks-methods';
import { InvalidSecret } from '../invalid-secret.js';
import { githubScheme } from './github-scheme.js';
import { alteredBodies, outcomeOf, received } from './testing/received.js';

/** As GitHub publishes them. */
const secret = "It's a Secret to Everybody";
const body = 'Hello, World!';
const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
const id = '72d3162e-cc78-11e3-81ab-4c9367dc0958';
const headers = { 'X-GitHub-Delivery': id, 'X-Hub-Signature-256': signature };

const scheme = githubScheme([secret]);
const untrusted = 'the signature is by no trusted key';
const malformed = 'x-hub-signature-256 is not sha256= and 64 lower-case hex digits';

describe("GitHub's scheme", () => {
  it('takes the published message, under the id of its delivery', () => {
    expect(outcomeOf(scheme, received(headers, body))).toBe(`ok ${id}`);
  });

  it('says that neither id nor time are signed', () => {
    expect(scheme.signsIdAndTime).toBe(false);
    expect(outcomeOf(scheme, received({ ...headers, 'X-GitHub-Delivery': 'another' }, body))).toBe('ok another');
  });

  it("takes what GitHub's package signs", async () => {
    const text = '{"name":"Zoë 😀"}';
    const its = { ...headers, 'X-Hub-Signature-256': await sign(secret, text) };

    expect(outcomeOf(scheme, received(its, text))).toBe(`ok ${id}`);
  });

  it('refuses a body in which any one byte was altered', () => {
    for (const altered of alteredBodies(body)) expect(outcomeOf(scheme, received(headers, altered))).toBe(untrusted);
  });

  it('trusts every one of its secrets, and no other', () => {
    expect(outcomeOf(githubScheme(['another', secret]), received(headers, body))).toBe(`ok ${id}`);
    expect(outcomeOf(githubScheme(['another']), received(headers, body))).toBe(untrusted);
  });

  it.each([
    [undefined, 'x-hub-signature-256 is missing'],
    ['', 'x-hub-signature-256 is missing'],
    [[signature, signature], 'x-hub-signature-256 came twice'],
    [signature.slice('sha256='.length), malformed],
    [signature.replace('sha256=', 'sha1='), malformed],
    [signature.replace('sha256=', 'SHA256='), malformed],
    [signature.toUpperCase().replace('SHA', 'sha'), malformed],
    [` ${signature}`, malformed],
    [`${signature},${signature}`, malformed],
    [`${signature}0`, malformed],
    [signature.slice(0, -1), malformed],
    ['sha256=', malformed],
    ['x'.repeat(8_193), 'x-hub-signature-256 exceeds 8192 bytes'],
  ])('refuses the signature %j', (value, reason) => {
    expect(outcomeOf(scheme, received({ ...headers, 'X-Hub-Signature-256': value }, body))).toBe(reason);
  });

  it.each([
    [undefined, 'x-github-delivery is missing'],
    [[id, id], 'x-github-delivery came twice'],
    ['a b', 'x-github-delivery is not 1 to 255 printable characters without spaces'],
    ['a'.repeat(256), 'x-github-delivery is not 1 to 255 printable characters without spaces'],
  ])('refuses the id %j, though the body is signed', (value, reason) => {
    expect(outcomeOf(scheme, received({ ...headers, 'X-GitHub-Delivery': value }, body))).toBe(reason);
  });

  it.each([[[]], [['']]])('cannot be made of the secrets %j', (secrets) => {
    expect(() => githubScheme(secrets)).toThrow(InvalidSecret);
  });
});
