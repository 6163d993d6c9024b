/** A signing key that cannot be used. Says what is wrong with it, and never repeats it. */
export class InvalidSecret extends Error {
  override readonly name = 'InvalidSecret';
}
