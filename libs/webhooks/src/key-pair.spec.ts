import { InvalidSecret } from './invalid-secret.js';
import { mintKeyPair, privateKeyOf, publicKeyOf } from './key-pair.js';

describe('key pairs', () => {
  const { privateKey, publicKey } = mintKeyPair();
  const bytesOfKey = (key: string): Buffer => Buffer.from(key.slice('whsk_'.length), 'base64');

  it('carry the public key in the private one', () => {
    expect(bytesOfKey(privateKey)).toHaveLength(64);
    expect(bytesOfKey(privateKey).subarray(32)).toEqual(bytesOfKey(publicKey));
  });

  it('are never the same', () => {
    expect(mintKeyPair().publicKey).not.toBe(publicKey);
  });

  it('refuse a private key whose halves are of different pairs', () => {
    const mixed = Buffer.concat([bytesOfKey(privateKey).subarray(0, 32), bytesOfKey(mintKeyPair().publicKey)]);

    expect(() => privateKeyOf(`whsk_${mixed.toString('base64')}`)).toThrow(
      new InvalidSecret('The two halves of the key do not belong together: the last 32 bytes must be its public key'),
    );
  });

  it('refuse a public key where the private one belongs, and the reverse', () => {
    expect(() => privateKeyOf(publicKey)).toThrow(new InvalidSecret('The key must start with whsk_'));
    expect(() => publicKeyOf(privateKey)).toThrow(new InvalidSecret('The key must start with whpk_'));
  });

  it('refuse a seed alone', () => {
    expect(() => privateKeyOf(publicKey.replace('whpk_', 'whsk_'))).toThrow(
      new InvalidSecret('The key must be 64 bytes in base64 after whsk_, and has 32'),
    );
  });
});
