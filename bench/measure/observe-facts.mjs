import { connect } from '@nats-io/transport-node';
import { natsAddress } from '../../tools/infrastructure/nats-address.mjs';

/**
 * Sees the shop's facts as they are stored in the stream, without a consumer of its own: what is published to a stream
 * also reaches plain subscribers.
 */
export async function observeFacts(natsUrl) {
  const connection = await connect(natsAddress(natsUrl));
  const waiting = new Map();
  const confirmed = new Map();
  const counts = { confirmed: 0, cancelled: 0, mails: 0 };
  const watch = (subject, seen) =>
    connection.subscribe(subject, {
      callback: (_error, message) => seen(message.headers?.get('ce-correlationid'), performance.now()),
    });
  watch('shop.order.confirmed.v1', (order, at) => {
    counts.confirmed += 1;
    confirmed.set(order, at);
    waiting.get(order)?.(at);
  });
  watch('shop.order.cancelled.v1', (order, at) => {
    counts.cancelled += 1;
    waiting.get(order)?.(at);
  });
  watch('shop.email.sent.v1', () => (counts.mails += 1));
  await connection.flush();
  return {
    counts,
    /** Resolves with the moment the order was confirmed or cancelled. */
    ended(order) {
      if (confirmed.has(order)) return Promise.resolve(confirmed.get(order));
      return new Promise((resolve) =>
        waiting.set(order, (at) => {
          waiting.delete(order);
          resolve(at);
        }),
      );
    },
    confirmedAt: (order) => confirmed.get(order),
    close: () => connection.close(),
  };
}
