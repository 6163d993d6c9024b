/** What became of a charge, as far as the provider tells. */
export type ChargeOutcome =
  | { is: 'captured'; reference: string }
  | { is: 'declined'; reason: string; reference?: string }
  /** The customer has to prove to be the card's owner first. */
  | { is: 'authenticating'; reference: string }
  /** The bank has not decided yet. */
  | { is: 'processing'; reference: string }
  /** Closed at the provider; no money moved and none will. */
  | { is: 'cancelled'; reason: string; reference: string }
  /** The provider knows of no payment for the order; `certain` once it would know of one that had been asked for. */
  | { is: 'absent'; certain: boolean }
  /** Done or not, nobody knows: the same question is safe to ask again. */
  | { is: 'unresolved'; error: string };

/** What became of a refund, as far as the provider tells. */
export type RefundOutcome =
  | { is: 'refunded'; reference: string }
  /** Taken, and not with the customer yet; it may still fail. */
  | { is: 'underway'; reference: string }
  /** Refused: no money went back, and this refund never will. */
  | { is: 'failed'; reason: string }
  | { is: 'unresolved'; error: string };

/** Will never be different, whoever hears it; anything else is only good for the attempt that heard it. */
export const isFinal = ({ is }: ChargeOutcome | RefundOutcome): boolean =>
  is === 'captured' || is === 'declined' || is === 'cancelled' || is === 'refunded';
