/** A sealed value stays closed. Says why, without anything secret. */
export class CannotOpen extends Error {
  override readonly name = 'CannotOpen';

  constructor(about: string, reason: string) {
    super(`Cannot open ${about}: ${reason}`);
  }
}
