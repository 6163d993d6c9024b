/** A pending delivery in this process's hands. */
export interface DueDelivery {
  deliveryId: string;
  endpointId: string;
  /** Id of the fact: `webhook-id`. */
  messageId: string;
  type: string;
  orderId: string | null;
  /** W3C trace context of the fact. */
  traceparent: string | null;
  /** The very text that is signed and sent. */
  body: string;
  /** Attempts since it was last opened. */
  tries: number;
  /** Replayed: behind what happens now, at a bounded rate. */
  paced: boolean;
}
