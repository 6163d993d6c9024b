import type { ProductView } from '@hookshop/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Most pieces of one product the warehouse takes in. */
export const MOST_IN_WAREHOUSE = 1_000_000_000;

/** A product for sale, its price, and where every piece of it that ever came in is now. */
@Entity('products')
export class Product {
  @PrimaryColumn('text') sku: string;
  @Column('text') name: string;
  @Column('bigint', { name: 'price_in_cents' }) priceInCents: number;
  @Column('text') currency: string;

  /** Pieces that ever came in: available + reserved + committed, which the database checks. */
  @Column('bigint') received: number;
  /** Sellable now. */
  @Column('bigint') available: number;
  /** Set aside for orders that are not confirmed yet. */
  @Column('bigint') reserved: number;
  /** Sold: of orders that were confirmed and not cancelled. */
  @Column('bigint') committed: number;
  /** `stock.low` is stated when `available` falls to it. */
  @Column('bigint', { name: 'low_threshold' }) lowThreshold: number;

  /** Rises with every change, so that of two facts about the product the higher is the newer. */
  @Column('bigint') version: number;

  /** @throws WarehouseFull */
  restock(quantity: number): void {
    const onHand = this.available + this.reserved;
    if (onHand + quantity > MOST_IN_WAREHOUSE) throw new WarehouseFull(this.sku, onHand, quantity);
    this.received += quantity;
    this.available += quantity;
    this.version += 1;
  }

  /** False when it costs that already: then nothing has happened that others should hear of. */
  changePrice(priceInCents: number): boolean {
    if (this.priceInCents === priceInCents) return false;
    this.priceInCents = priceInCents;
    this.version += 1;
    return true;
  }

  view(): ProductView {
    const { sku, name, priceInCents, currency, available, reserved } = this;
    return { sku, name, priceInCents, currency, available, reserved };
  }
}

export class WarehouseFull extends Error {
  constructor(sku: string, onHand: number, quantity: number) {
    super(`The warehouse holds ${onHand} of ${sku} and takes ${MOST_IN_WAREHOUSE} at most, not ${quantity} more.`);
    this.name = 'WarehouseFull';
  }
}
