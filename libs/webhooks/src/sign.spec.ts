import { createPublicKey, verify } from 'node:crypto';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { InvalidSecret } from './invalid-secret.js';
import { mintSecret } from './secret-key.js';
import { ed25519Signer, hmacSigner, signatureHeader, webhookHeaders } from './sign.js';

/** As published with the Standard Webhooks libraries. */
const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' };
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const v1 = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const privateKey = 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==';
const publicKey = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=';
const v1a = 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==';

describe('signing', () => {
  it('makes the published v1 signature', () => {
    expect(hmacSigner(secret).sign(message)).toBe(v1);
  });

  it('makes the published v1a signature', () => {
    expect(ed25519Signer(privateKey).sign(message)).toBe(v1a);
  });

  it('makes v1a signatures that node verifies with the published public key', () => {
    const x = Buffer.from(publicKey.slice('whpk_'.length), 'base64').toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    const signature = ed25519Signer(privateKey).sign({ ...message, body: '{"name":"Zoë 😀"}' });

    const signed = Buffer.from(`${message.id}.${message.timestamp}.{"name":"Zoë 😀"}`);
    expect(verify(null, signed, key, Buffer.from(signature.slice('v1a,'.length), 'base64'))).toBe(true);
  });

  it('puts the signatures of all signers into one header', () => {
    const signers = [hmacSigner(secret), ed25519Signer(privateKey)];

    expect(signatureHeader(signers, message)).toBe(`${v1} ${v1a}`);
    expect(webhookHeaders(signers, message)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': `${v1} ${v1a}`,
    });
  });

  it('refuses keys of the other kind', () => {
    expect(() => hmacSigner(privateKey)).toThrow(InvalidSecret);
    expect(() => ed25519Signer(secret)).toThrow(InvalidSecret);
  });

  it.each([
    ['standardwebhooks', StandardWebhook],
    ['svix', SvixWebhook],
  ])('convinces the package %s, with the secret of now and with the one before', (_, Webhook) => {
    const [current, earlier] = [mintSecret(), mintSecret()];
    const body = '{"type":"order.placed.v1","data":{"name":"Zoë 😀"}}';
    const timestamp = Math.floor(Date.now() / 1000);
    const signers = [hmacSigner(current), hmacSigner(earlier), ed25519Signer(privateKey)];
    const headers = { ...webhookHeaders(signers, { id: 'msg_1', timestamp, body }) };

    const verifying = (trusted: string) => () => {
      new Webhook(trusted).verify(body, headers);
    };

    expect(verifying(current)).not.toThrow();
    expect(verifying(earlier)).not.toThrow();
    expect(verifying(mintSecret())).toThrow('No matching signature');
  });
});
