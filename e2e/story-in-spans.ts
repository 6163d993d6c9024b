import type { CollectedSpan } from '@hookshop/testing';

/** Those of one name, in the order of time. */
export const named = (spans: readonly CollectedSpan[], name: string): CollectedSpan[] =>
  spans.filter((span) => span.name === name).sort((one, other) => one.startedAt - other.startedAt);

/** A line a span, below the one that led to it: service, kind, name, and what became of it. */
export function tree(spans: readonly CollectedSpan[], parent?: string, depth = 0): string[] {
  const line = ({ service, kind, name, attributes }: CollectedSpan): string =>
    [`${'  '.repeat(depth)}${service}: ${kind} ${name}`, attributes['hookshop.outcome']].filter(Boolean).join(' = ');
  return spans
    .filter(({ parentSpanId }) => parentSpanId === parent)
    .map((span) => ({ span, line: line(span) }))
    .sort((one, other) => (one.line < other.line ? -1 : 1))
    .flatMap(({ span, line: text }) => [text, ...tree(spans, span.spanId, depth + 1)]);
}

/** What a paid order leads to until its parcel is booked. */
export const story = `
gateway: server POST /v1/orders
  gateway: client order.place
    order: server order.place
      order: producer publish order.placed.v1
        crm: consumer register-customer-when-order-placed = handled
          crm: producer publish customer.registered.v1
            gateway: consumer fan-out-to-endpoints = handled
              gateway: client deliver-webhook = delivered
            gateway: consumer record-timeline = handled
        gateway: consumer fan-out-to-endpoints = handled
          gateway: client deliver-webhook = delivered
        gateway: consumer record-timeline = handled
        inventory: consumer reserve-stock-when-order-placed = handled
          inventory: producer publish stock.reserved.v1
            gateway: consumer fan-out-to-endpoints = handled
              gateway: client deliver-webhook = delivered
            gateway: consumer record-timeline = handled
            order: consumer request-payment-when-stock-reserved = handled
              order: producer publish order.payment-requested.v1
                gateway: consumer fan-out-to-endpoints = handled
                gateway: consumer record-timeline = handled
                payment: consumer charge-when-payment-requested = handled
                  payment: client charge-payments = captured
                    payment: producer publish payment.captured.v1
                      crm: consumer add-to-lifetime-value-when-payment-captured = handled
                      gateway: consumer fan-out-to-endpoints = handled
                        gateway: client deliver-webhook = delivered
                      gateway: consumer record-timeline = handled
                      order: consumer confirm-order-when-payment-captured = handled
                        order: producer publish order.confirmed.v1
                          crm: consumer count-order-when-confirmed = handled
                          email: consumer send-confirmation-when-order-confirmed = handled
                            email: client send-emails = sent
                              email: producer publish email.sent.v1
                                gateway: consumer fan-out-to-endpoints = handled
                                  gateway: client deliver-webhook = delivered
                                gateway: consumer record-timeline = handled
                          gateway: consumer fan-out-to-endpoints = handled
                            gateway: client deliver-webhook = delivered
                          gateway: consumer record-timeline = handled
                          inventory: consumer commit-stock-when-order-confirmed = handled
                          shipping: consumer book-shipment-when-order-confirmed = handled
                            shipping: client ship-parcels = known`
  .trim()
  .split('\n');
/** Whoever else reacts is no part of it: consumers come without an edit elsewhere. */
export const ofStory = (spans: readonly CollectedSpan[]): CollectedSpan[] =>
  spans.filter(({ service }) => story.some((line) => line.trimStart().startsWith(`${service}: `)));
