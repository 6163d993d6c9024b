/**
 * SQL: is this mail a confirmation of an order that a newer fact has cancelled? Asked at the moment a process takes the
 * mail to send it, so the order in which the facts arrived does not matter. Only confirmations can be overtaken: a
 * cancellation ends an order, and a shipped order is never cancelled.
 *
 * @param email alias of a row with `order_id`, `kind` and `sequence`
 */
export const isOvertaken = (email: string): string => `
  (${email}.kind = 'order-confirmed' AND EXISTS (
    SELECT FROM emails AS cancellation
    WHERE cancellation.order_id = ${email}.order_id AND cancellation.kind = 'order-cancelled'
      AND cancellation.sequence > ${email}.sequence
  ))`;
