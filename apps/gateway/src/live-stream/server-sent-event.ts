import type { Fact } from '@hookshop/messaging';

/** Said while nothing happens, so that proxies keep the connection and both sides notice when it is gone. */
export const HEARTBEAT = ': heartbeat\n\n';

/** A fact as a server-sent event; its id is its place in the stream. JSON has no line breaks of its own. */
export function serverSentEvent({
  id,
  type,
  source,
  time,
  correlationId,
  streamSequence,
  data,
}: Fact<unknown>): string {
  const content = JSON.stringify({ id, type, source, time, orderId: correlationId ?? null, data });
  return `id: ${streamSequence}\nevent: ${type}\ndata: ${content}\n\n`;
}
