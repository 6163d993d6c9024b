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
    super(`Order ${orderId} was charged as ${known} and again as ${again}: return one of them at the provider`);
    this.name = 'ChargedTwice';
  }
}

/** The provider took money after it had refused it, and the order is over: a person must return it. */
export class PaidAfterDecline extends Error {
  constructor(orderId: string, reference: string) {
    super(`${reference} took the money of order ${orderId}, whose payment was declined: return it at the provider`);
    this.name = 'PaidAfterDecline';
  }
}

interface Money {
  /** In the smallest unit of the currency; null when nothing was ever asked for. */
  amountInCents: number | null;
  currency: string | null;
}

/** The provider took something else than what it was asked for: a person must put it right there. */
export class TookOtherMoney extends Error {
  constructor(orderId: string, reference: string, taken: Money, asked: Money) {
    const wanted = asked.amountInCents === null ? 'nothing was asked for' : `${text(asked)} were asked for`;
    super(`${reference} took ${text(taken)} for order ${orderId}, but ${wanted}: put it right at the provider`);
    this.name = 'TookOtherMoney';
  }
}

/** Money that counts as returned came back to the shop: a person must return it in another way. */
export class RefundUndone extends Error {
  constructor(orderId: string, refund: string) {
    super(`Refund ${refund} of order ${orderId} succeeded and then failed: return the money to the customer by hand`);
    this.name = 'RefundUndone';
  }
}

const text = ({ amountInCents, currency }: Money): string => `${amountInCents} ${currency}`;

/** Trying again changes nothing about it. */
export const isForAPerson = (error: unknown): error is Error =>
  [ChargedTwice, PaidAfterDecline, TookOtherMoney, RefundUndone].some((kind) => error instanceof kind);
