import {
  OrderCancelled,
  OrderConfirmed,
  OrderDelivered,
  OrderPaymentRequested,
  OrderPlaced,
  OrderShipped,
  type ShipmentDelivered,
  type ShipmentDispatched,
} from '@hookshop/contracts';
import type { Cause, Transaction } from '@hookshop/messaging';
import type { Order } from './order.js';

const told = ({ id, customer, lines, totalInCents, currency }: Order) => ({
  orderId: id,
  customer,
  lines,
  totalInCents,
  currency,
});

const about = (order: Order, cause?: Cause) => ({
  subject: order.id,
  sequence: order.version,
  correlationId: order.id,
  cause,
});

/** @param traceparent of the request that placed it */
export function statePlaced(order: Order, tx: Transaction, traceparent: string | undefined): void {
  const { shippingAddress, placedAt } = order;
  const placed = { ...told(order), shippingAddress, placedAt: placedAt.toISOString() };
  tx.publish(OrderPlaced, placed, { ...about(order), traceparent });
}

export function statePaymentRequested(order: Order, tx: Transaction, cause?: Cause): void {
  const { id, totalInCents, currency, paymentMethod } = order;
  tx.publish(
    OrderPaymentRequested,
    { orderId: id, amountInCents: totalInCents, currency, paymentMethod },
    about(order, cause),
  );
}

export function stateConfirmed(order: Order, tx: Transaction, cause?: Cause): void {
  const { shippingAddress, updatedAt } = order;
  tx.publish(
    OrderConfirmed,
    { ...told(order), shippingAddress, confirmedAt: updatedAt.toISOString() },
    about(order, cause),
  );
}

export function stateShipped(order: Order, parcel: ShipmentDispatched, tx: Transaction, cause?: Cause): void {
  const { carrier, trackingNumber, dispatchedAt: shippedAt } = parcel;
  tx.publish(OrderShipped, { ...told(order), carrier, trackingNumber, shippedAt }, about(order, cause));
}

export function stateDelivered(order: Order, parcel: ShipmentDelivered, tx: Transaction, cause?: Cause): void {
  tx.publish(OrderDelivered, { ...told(order), deliveredAt: parcel.deliveredAt }, about(order, cause));
}

export function stateCancelled(order: Order, tx: Transaction, cause?: Cause): void {
  const { cancellationReason, updatedAt } = order;
  tx.publish(
    OrderCancelled,
    { ...told(order), reason: cancellationReason!, cancelledAt: updatedAt.toISOString() },
    about(order, cause),
  );
}
