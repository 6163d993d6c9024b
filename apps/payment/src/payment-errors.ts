import type { PaymentStatus } from './payment-status.js';

/** The provider reports what cannot follow from what is known. */
export class IllegalTransition extends Error {
  constructor(paymentId: string, from: PaymentStatus, to: PaymentStatus) {
    super(`Payment ${paymentId} is ${from} and cannot become ${to}`);
    this.name = 'IllegalTransition';
  }
}

/** The provider holds the money of one order twice: a person must return it. */
export class ChargedTwice extends Error {
  constructor(orderId: string, known: string | null, again: string) {
    super(`Order ${orderId} was charged as ${known} and again as ${again}`);
    this.name = 'ChargedTwice';
  }
}
