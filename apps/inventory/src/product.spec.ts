import { MOST_IN_WAREHOUSE, Product, WarehouseFull } from './product.js';

const product = (state: Partial<Product>): Product =>
  Object.assign(
    new Product(),
    { sku: 'KEYB-01', priceInCents: 9900, available: 0, reserved: 0, committed: 0, received: 0, version: 1 },
    state,
  );

describe('a product', () => {
  it('has as many pieces more as it is restocked with, and is newer', () => {
    const keyboard = product({ available: 2, committed: 3, received: 5 });

    keyboard.restock(10);

    expect(keyboard).toMatchObject({ available: 12, committed: 3, received: 15, version: 2 });
  });

  it('fills the warehouse to the last place and not beyond; what is sold takes no place', () => {
    const keyboard = product({ available: 1, reserved: 1, committed: 7, received: 9 });

    keyboard.restock(MOST_IN_WAREHOUSE - 2);

    expect(keyboard.available).toBe(MOST_IN_WAREHOUSE - 1);
    expect(() => keyboard.restock(1)).toThrow(WarehouseFull);
    expect(keyboard).toMatchObject({ available: MOST_IN_WAREHOUSE - 1, version: 2 });
  });

  it('is newer when its price changes, and the same when it costs that already', () => {
    const keyboard = product({});

    expect(keyboard.changePrice(9900)).toBe(false);
    expect(keyboard.version).toBe(1);
    expect(keyboard.changePrice(8900)).toBe(true);
    expect(keyboard).toMatchObject({ priceInCents: 8900, version: 2 });
  });
});
