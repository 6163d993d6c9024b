import type { ErrorClass } from './attempt.js';

/** Why an attempt failed, in words for the partner: nothing of our own network is in them. */
export class AttemptFailed extends Error {
  override readonly name: string = 'AttemptFailed';

  constructor(
    readonly errorClass: ErrorClass,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The target is not ours to reach for a stranger; no socket was opened. */
export class BlockedAddress extends AttemptFailed {
  override readonly name = 'BlockedAddress';

  constructor(message: string) {
    super('blocked-address', message);
  }
}
