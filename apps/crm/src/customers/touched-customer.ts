import type { Segment } from '@hookshop/contracts';

/** A customer some facts have changed, as they are afterwards. */
export interface TouchedCustomer {
  id: string;
  email: string;
  name: string;
  segment: Segment;
  version: number;
  ordersConfirmed: number;
  lifetimeValueInCents: number;
  /** Whether these facts were the first to speak of them. */
  registered: boolean;
  /** The orders these facts are about, in the order of the facts. */
  orderIds: string[];
  /** Of these, the ones whose payments were heard of before anything told whose they are. */
  lateOrderIds: string[];
}
