import fc from 'fast-check';
import { decideReservations } from './decide-reservations.js';

const order = (orderId: string, pieces: [sku: string, quantity: number][]) => ({
  orderId,
  lines: pieces.map(([sku, quantity]) => ({ sku, quantity })),
});

describe('deciding reservations', () => {
  it('gives the last piece to the first who ordered it', () => {
    const decisions = decideReservations(
      [order('first', [['R', 1]]), order('second', [['R', 1]])],
      new Map([['R', 1]]),
    );

    expect(decisions.map(({ shortages }) => shortages)).toEqual([[], [{ sku: 'R', requested: 1, available: 0 }]]);
  });

  it('leaves everything of an order that is turned away to those after it', () => {
    const stock = new Map([
      ['K', 5],
      ['R', 1],
    ]);
    const greedy = order('greedy', [
      ['K', 5],
      ['R', 2],
    ]);

    const [turnedAway, served] = decideReservations([greedy, order('modest', [['K', 5]])], stock);

    expect(turnedAway!.shortages).toEqual([{ sku: 'R', requested: 2, available: 1 }]);
    expect(served!.shortages).toEqual([]);
  });

  it('names every short line, products that do not exist too', () => {
    const [decision] = decideReservations(
      [
        order('o', [
          ['K', 3],
          ['X', 1],
        ]),
      ],
      new Map([['K', 2]]),
    );

    expect(decision!.shortages).toEqual([
      { sku: 'K', requested: 3, available: 2 },
      { sku: 'X', requested: 1, available: 0 },
    ]);
  });

  it('adds up lines of the same product', () => {
    const decisions = decideReservations(
      [
        order('twice', [
          ['K', 2],
          ['K', 2],
        ]),
        order('fits', [
          ['K', 1],
          ['K', 2],
        ]),
      ],
      new Map([['K', 3]]),
    );

    expect(decisions.map(({ shortages }) => shortages)).toEqual([[{ sku: 'K', requested: 2, available: 1 }], []]);
  });

  it('never gives away more than there is, and turns nobody away who could be served', () => {
    const sku = fc.constantFrom('A', 'B', 'C');
    const lines = fc.array(fc.record({ sku, quantity: fc.integer({ min: 1, max: 4 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    const stock = fc.dictionary(sku, fc.integer({ min: 0, max: 12 })).map((pieces) => new Map(Object.entries(pieces)));

    fc.assert(
      fc.property(fc.array(lines, { maxLength: 8 }), stock, (orders, available) => {
        const left = new Map(available);
        for (const { lines, shortages } of decideReservations(
          orders.map((lines, n) => ({ orderId: `${n}`, lines })),
          available,
        )) {
          const wanted = new Map<string, number>();
          for (const line of lines) wanted.set(line.sku, (wanted.get(line.sku) ?? 0) + line.quantity);
          const fits = [...wanted].every(([name, quantity]) => quantity <= (left.get(name) ?? 0));
          expect(shortages.length === 0).toBe(fits);
          if (fits) for (const [name, quantity] of wanted) left.set(name, left.get(name)! - quantity);
        }
        for (const rest of left.values()) expect(rest).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
