import { IsCents, IsCurrency, IsId, IsQuantity, IsSku, IsText, IsWhole } from '../contract/field-decorators.js';
import { EventContract } from '../contract/event-contract.js';
import { IsListOf, StockLine } from './order-parts.js';

/** A line that could not be reserved. */
export class Shortage {
  @IsSku() readonly sku: string;
  @IsQuantity() readonly requested: number;
  @IsWhole(0) readonly available: number;
}

@EventContract('stock.reserved', 1, { description: 'Every line of an order is set aside in the warehouse.' })
export class StockReserved {
  @IsId() readonly orderId: string;
  @IsListOf(() => StockLine) readonly lines: StockLine[];
}

@EventContract('stock.rejected', 1, {
  description: 'At least one line of an order is not available; nothing is set aside.',
})
export class StockRejected {
  @IsId() readonly orderId: string;
  @IsListOf(() => Shortage) readonly shortages: Shortage[];
}

@EventContract('stock.released', 1, { description: 'What was set aside for a cancelled order is sellable again.' })
export class StockReleased {
  @IsId() readonly orderId: string;
  @IsListOf(() => StockLine) readonly lines: StockLine[];
}

@EventContract('stock.low', 1, { description: 'A product fell to its reorder threshold.' })
export class StockLow {
  @IsSku() readonly sku: string;
  @IsWhole(0) readonly available: number;
  @IsWhole(0) readonly threshold: number;
}

@EventContract('product.listed', 1, { description: 'A product is for sale at a price (also restated on request).' })
export class ProductListed {
  @IsSku() readonly sku: string;
  @IsText() readonly name: string;
  @IsCents() readonly priceInCents: number;
  @IsCurrency() readonly currency: string;
}

@EventContract('product.price-changed', 1, { description: 'A product costs something else from now on.' })
export class ProductPriceChanged {
  @IsSku() readonly sku: string;
  @IsCents() readonly priceInCents: number;
  @IsCents() readonly previousPriceInCents: number;
  @IsCurrency() readonly currency: string;
}
