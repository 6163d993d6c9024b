import { InvalidSecret } from './invalid-secret.js';
import { mintSecret, secretKey } from './secret-key.js';

const messageOf = (secret: string): string => {
  try {
    secretKey(secret);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidSecret);
    return (error as InvalidSecret).message;
  }
  return 'none';
};

describe('secretKey', () => {
  it('reads what mintSecret makes: 32 bytes, never the same', () => {
    const secret = mintSecret();

    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(secretKey(secret).symmetricKeySize).toBe(32);
    expect(mintSecret()).not.toBe(secret);
  });

  it.each([24, 64])('reads a secret of %i bytes', (length) => {
    expect(secretKey(`whsec_${Buffer.alloc(length, 7).toString('base64')}`).symmetricKeySize).toBe(length);
  });

  it.each([0, 23, 65])('refuses a secret of %i bytes', (length) => {
    expect(messageOf(`whsec_${Buffer.alloc(length, 7).toString('base64')}`)).toBe(
      `The key must be 24 to 64 bytes in base64 after whsec_, and has ${length}`,
    );
  });

  it.each([
    ['spaces', 'whsec_ MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['the alphabet of URLs', 'whsec_-_KQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['missing padding', `whsec_${Buffer.alloc(32, 7).toString('base64').slice(0, -1)}`],
    ['bits that mean nothing', `whsec_${Buffer.alloc(32).toString('base64').replace('A=', 'B=')}`],
  ])('refuses base64 with %s', (_, secret) => {
    expect(messageOf(secret)).toBe('The key must be padded base64 after whsec_, and nothing else');
  });

  it('refuses a secret without its prefix, and does not repeat it', () => {
    expect(messageOf('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')).toBe('The key must start with whsec_');
  });
});
