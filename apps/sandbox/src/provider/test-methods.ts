/** Why a payment was refused. */
export type Failure =
  'generic_decline' | 'insufficient_funds' | 'authentication_required' | 'payment_intent_authentication_failure';

export type Verdict =
  'succeeds' | 'asks-for-authentication' | Exclude<Failure, 'payment_intent_authentication_failure'>;

/** Stripe's documented test payment methods, and what the card's bank says to each. */
export const testMethods: ReadonlyMap<string, Verdict> = new Map<string, Verdict>([
  ['pm_card_visa', 'succeeds'],
  ['pm_card_chargeDeclined', 'generic_decline'],
  ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
  ['pm_card_authenticationRequired', 'asks-for-authentication'],
]);
