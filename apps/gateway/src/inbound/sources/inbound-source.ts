import type { EventClass } from '@hookshop/contracts';
import type { SignatureScheme } from '@hookshop/webhooks';

/** The event that verified messages of a source are, besides being messages. */
export interface Mapping {
  /** `document.signed.v1` */
  type: string;
  event: EventClass;
  /** JSON pointer to the event's data in the body; the empty one means all of it. */
  pointer: string;
}

/** A third party that sends webhooks to `/hooks/<name>`. */
export interface InboundSource {
  name: string;
  scheme: SignatureScheme;
  mapping?: Mapping;
}
