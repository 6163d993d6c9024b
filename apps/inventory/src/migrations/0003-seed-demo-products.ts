import type { MigrationInterface, QueryRunner } from 'typeorm';

/** SKU, name, price in cents, pieces, threshold of `stock.low`. */
const demoProducts: [sku: string, name: string, priceInCents: number, pieces: number, lowThreshold: number][] = [
  ['KEYB-01', 'Mechanical keyboard', 9_900, 10_000_000, 1_000],
  ['MOUSE-01', 'Wireless mouse', 4_900, 10_000_000, 1_000],
  ['MONITOR-01', '27-inch monitor', 32_900, 100_000, 100],
  ['HEADSET-01', 'Noise-cancelling headset', 17_900, 100_000, 100],
  ['WEBCAM-01', 'Full HD webcam', 7_900, 100_000, 100],
  ['DOCK-01', 'USB-C docking station', 18_900, 50_000, 50],
  ['CABLE-01', 'USB-C cable, 2 m', 1_900, 500_000, 500],
  ['STAND-01', 'Laptop stand', 5_900, 50_000, 50],
  ['LAMP-01', 'Desk lamp', 6_900, 20_000, 50],
  ['CHAIR-01', 'Ergonomic chair', 44_900, 5_000, 20],
  ['DESK-01', 'Standing desk', 69_900, 2_000, 10],
  ['RARE-01', 'Signed first-edition keycap', 25_000, 1, 0],
];

export class SeedDemoProducts1700000001003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `INSERT INTO products (sku, name, price_in_cents, currency, received, available, low_threshold)
       SELECT sku, name, price_in_cents, 'USD', pieces, pieces, low_threshold
       FROM jsonb_to_recordset($1::jsonb)
         AS seed (sku text, name text, price_in_cents bigint, pieces bigint, low_threshold bigint)`,
      [
        JSON.stringify(
          demoProducts.map(([sku, name, price_in_cents, pieces, low_threshold]) => ({
            sku,
            name,
            price_in_cents,
            pieces,
            low_threshold,
          })),
        ),
      ],
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM products WHERE sku = ANY($1)', [demoProducts.map(([sku]) => sku)]);
  }
}
