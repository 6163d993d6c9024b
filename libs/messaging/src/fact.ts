/** Something that happened, as a reaction receives it. */
export interface Fact<T> {
  /** Event id, UUIDv7. */
  id: string;
  /** `order.placed.v1` */
  type: string;
  /** The service that stated it, `/order`, and where in it, `/gateway/hooks/stripe`. */
  source: string;
  /** Aggregate id. */
  subject: string;
  /** The aggregate's version: of two facts about one aggregate, the higher is the newer. */
  sequence: number;
  /** RFC 3339 UTC. */
  time: string;
  /** The order's id, when it belongs to one. */
  correlationId?: string;
  /** Id of the fact that caused this one. */
  causationId?: string;
  /** W3C trace context. */
  traceparent?: string;
  /** The same occurrence is stated in a newer version, too, that this build knows. */
  superseded?: true;
  /** Place in the stream. */
  streamSequence: number;
  data: T;
}

/** What a fact needs to know of the one that caused it; small enough to keep beside work that is done later. */
export type Cause = Pick<Fact<unknown>, 'id' | 'correlationId' | 'traceparent'>;
