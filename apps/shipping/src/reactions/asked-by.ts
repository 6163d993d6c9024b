import type { Cause, Fact } from '@hookshop/messaging';

/** What is kept of a fact beside the work it asked for. */
export const askedBy = ({ id, correlationId, traceparent }: Fact<unknown>): Cause => ({
  id,
  correlationId,
  traceparent,
});
