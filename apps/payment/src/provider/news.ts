import type { ChargeOutcome } from './outcomes.js';

interface AboutPayment {
  /** The provider's name for what happened, `payment_intent.succeeded`. */
  type: string;
  /** From the metadata that the shop gives to everything it asks for; undefined on what others asked for. */
  orderId: string | undefined;
  /** The provider's id of the payment, `pi_…`. */
  reference: string | undefined;
}

/** How a charge stood when something happened to it. */
export interface ChargeNews extends AboutPayment {
  about: 'charge';
  reference: string;
  outcome: ChargeOutcome;
  /** What was taken, in the smallest unit of the currency. */
  amountReceived: number;
  /** Upper case. */
  currency: string;
}

/** How a refund stood when something happened to it. */
export interface RefundNews extends AboutPayment {
  about: 'refund';
  /** Null when only the charge is told that was returned. */
  refundReference: string | null;
  status: 'returned' | 'failed' | 'open';
  /** What was returned, in the smallest unit of the currency. */
  amount: number;
}

/** What the provider tells by itself, without being asked. It may be old, repeated and in any order. */
export type News = ChargeNews | RefundNews;

/** The provider says something that nobody can have meant. */
export class MalformedNews extends Error {
  constructor(fault: string) {
    super(`It is no event of the payment provider: ${fault}`);
    this.name = 'MalformedNews';
  }
}
