import { Order } from './order.js';

/** The columns of an order under the names of its properties. */
export const ORDER_COLUMNS = `id, status, version, customer, lines, total_in_cents AS "totalInCents", currency,
  payment_method AS "paymentMethod", shipping_address AS "shippingAddress",
  cancellation_reason AS "cancellationReason", placed_at AS "placedAt", updated_at AS "updatedAt"`;

export const toOrder = (row: object): Order => Object.assign(new Order(), row);
