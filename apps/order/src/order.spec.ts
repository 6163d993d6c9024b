import { type OrderStatus, orderStatuses } from '@hookshop/contracts';
import { IllegalTransition, Order, transitions } from './order.js';

const now = new Date('2026-01-02T03:04:05Z');

const anOrder = (status: OrderStatus): Order =>
  Object.assign(new Order(), { id: 'an-order', status, version: 3, cancellationReason: null, updatedAt: new Date(0) });

const moves: Partial<Record<OrderStatus, (order: Order) => void>> = {
  'awaiting-payment': (order) => order.awaitPayment(now),
  confirmed: (order) => order.confirm(now),
  shipped: (order) => order.ship(now),
  delivered: (order) => order.deliver(now),
  cancelled: (order) => order.cancel('requested', now),
};

describe('an order', () => {
  for (const from of orderStatuses) {
    for (const [to, move] of Object.entries(moves) as [OrderStatus, (order: Order) => void][]) {
      if (transitions[from].includes(to)) {
        it(`that is ${from} may become ${to}`, () => {
          const order = anOrder(from);
          move(order);
          expect(order).toMatchObject({ status: to, version: 4, updatedAt: now });
        });
      } else {
        it(`that is ${from} refuses to become ${to} and stays as it is`, () => {
          const order = anOrder(from);
          expect(() => move(order)).toThrow(IllegalTransition);
          expect(order).toMatchObject({ status: from, version: 3, cancellationReason: null });
        });
      }
    }
  }

  it('keeps the reason of its cancellation', () => {
    const order = anOrder('placed');
    order.cancel('out-of-stock', now);
    expect(order.cancellationReason).toBe('out-of-stock');
  });

  it.each<[OrderStatus, OrderStatus, boolean]>([
    ['placed', 'awaiting-payment', false],
    ['awaiting-payment', 'awaiting-payment', true],
    ['confirmed', 'awaiting-payment', true],
    ['placed', 'confirmed', false],
    ['awaiting-payment', 'confirmed', false],
    ['delivered', 'confirmed', true],
    ['confirmed', 'shipped', false],
    ['shipped', 'shipped', true],
    ['delivered', 'shipped', true],
    ['confirmed', 'delivered', false],
    ['shipped', 'delivered', false],
    ['delivered', 'delivered', true],
    ['cancelled', 'delivered', true],
    ['cancelled', 'confirmed', true],
    ['cancelled', 'cancelled', true],
    ['placed', 'cancelled', false],
    ['delivered', 'cancelled', false],
  ])('that is %s has the move to %s behind it: %s', (status, next, past) => {
    expect(anOrder(status).isPast(next)).toBe(past);
  });
});
