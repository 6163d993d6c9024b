import type { CarrierShipment } from './carrier-shipment.js';

/** What became of a question to the carrier. */
export type CarrierOutcome =
  /** The parcel as it is in the carrier's books now. */
  | { is: 'known'; parcel: CarrierShipment }
  /** The carrier has no parcel for the order; `certain` once it would have one that had been asked for. */
  | { is: 'absent'; certain: boolean }
  /**
   * It understood and will not: asking again changes nothing, a person has to look. `reason` is fit for the log, `error`
   * may repeat what is written on the parcel.
   */
  | { is: 'refused'; reason: string; error: string }
  /** Done or not, nobody knows: the same question is safe to ask again. */
  | { is: 'unresolved'; error: string };
