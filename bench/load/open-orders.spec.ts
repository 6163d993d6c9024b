import { openOrders } from './open-orders.mjs';

function book() {
  const moves: [id: string, status: string, at: number | undefined][] = [];
  const orders = openOrders(({ id }, status, at) => void moves.push([id, status, at]));
  const place = (id: string) => orders.placed({ id, sentAt: 0, waits: false }, 1);
  return { orders, moves, place };
}

describe('the orders under way', () => {
  it('go through every step once, whatever is told twice or late', () => {
    const { orders, moves, place } = book();
    place('o-1');

    orders.heard('order.confirmed.v1', 'o-1', 2);
    orders.heard('order.confirmed.v1', 'o-1', 3);
    orders.heard('order.shipped.v1', 'o-1', 4);
    orders.heard('order.confirmed.v1', 'o-1', 5);
    orders.heard('order.delivered.v1', 'o-1', 6);

    expect(moves).toEqual([
      ['o-1', 'confirmed', 2],
      ['o-1', 'shipped', 4],
      ['o-1', 'delivered', 6],
    ]);
    expect([orders.size, orders.isOpen('o-1')]).toEqual([0, false]);
  });

  it('know facts that came before the answer to who placed the order', () => {
    const { orders, moves, place } = book();
    orders.heard('order.confirmed.v1', 'o-1', 2);
    expect(moves).toEqual([]);

    place('o-1');

    expect(moves).toEqual([['o-1', 'confirmed', 2]]);
  });

  it('end when they are cancelled, without the steps that they did not take', () => {
    const { orders, moves, place } = book();
    place('o-1');

    orders.heard('order.cancelled.v1', 'o-1', 2);

    expect([moves, orders.size]).toEqual([[['o-1', 'cancelled', 2]], 0]);
  });

  it('take the steps between when they are found further on, at a time that nobody knows', () => {
    const { orders, moves, place } = book();
    place('o-1');

    orders.shown('o-1', 'shipped', 60);

    expect(moves).toEqual([
      ['o-1', 'confirmed', undefined],
      ['o-1', 'shipped', undefined],
    ]);
  });

  it('are quiet when nothing was heard of them, until they are looked at', () => {
    const { orders, place } = book();
    place('o-1');
    place('o-2');
    orders.heard('order.confirmed.v1', 'o-2', 50);

    expect(orders.quietSince(10, 5)).toEqual(['o-1']);
    orders.shown('o-1', 'awaiting-payment', 60);
    expect(orders.quietSince(55, 5)).toEqual(['o-2']);
    expect(orders.quietSince(99, 1)).toHaveLength(1);
  });

  it('keep facts of strangers for a while only', () => {
    const { orders, moves, place } = book();
    orders.heard('order.confirmed.v1', 'first', 1);
    for (let count = 0; count < 10_000; count += 1) orders.heard('order.confirmed.v1', `other-${count}`, 1);

    place('first');
    place('other-9999');

    expect(moves).toEqual([['other-9999', 'confirmed', 1]]);
  });

  it('do not care for facts that move no order', () => {
    const { orders, moves, place } = book();
    place('o-1');

    orders.heard('stock.reserved.v1', 'o-1', 2);

    expect([moves, orders.size]).toEqual([[], 1]);
  });
});
