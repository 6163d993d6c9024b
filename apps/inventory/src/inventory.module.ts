import type { ServiceConfig } from '@hookshop/config';
import { messagingMigrations, MessagingModule, messagingSettings } from '@hookshop/messaging';
import { ObservabilityModule } from '@hookshop/observability';
import { PersistenceModule } from '@hookshop/persistence';
import { Module, type DynamicModule } from '@nestjs/common';
import { ChangePrice } from './change-price/change-price.js';
import { ListProducts } from './list-products/list-products.js';
import { CreateProducts1700000001001 } from './migrations/0001-create-products.js';
import { CreateReservations1700000001002 } from './migrations/0002-create-reservations.js';
import { SeedDemoProducts1700000001003 } from './migrations/0003-seed-demo-products.js';
import { Product } from './product.js';
import { QuoteProducts } from './quote-products/quote-products.js';
import { CommitStockWhenOrderConfirmed } from './reactions/commit-stock-when-order-confirmed.js';
import { ReleaseStockWhenOrderCancelled } from './reactions/release-stock-when-order-cancelled.js';
import { ReserveStockWhenOrderPlaced } from './reactions/reserve-stock-when-order-placed.js';
import { RestockProduct } from './restock-product/restock-product.js';
import { ShowProduct } from './show-product/show-product.js';
import { RestateProducts } from './state-products/restate-products.js';
import { StateNewProducts } from './state-products/state-new-products.js';

/** Products, their prices and their stock: what is sellable, what is set aside for whom, and what is sold. */
@Module({})
export class InventoryModule {
  static register(config: ServiceConfig): DynamicModule {
    return {
      module: InventoryModule,
      imports: [
        ObservabilityModule.forRoot('inventory', config),
        PersistenceModule.forRoot({
          url: config.databaseUrl,
          applicationName: 'inventory',
          entities: [Product],
          migrations: [
            ...messagingMigrations,
            CreateProducts1700000001001,
            CreateReservations1700000001002,
            SeedDemoProducts1700000001003,
          ],
        }),
        MessagingModule.forRoot({ service: 'inventory', ...messagingSettings(config) }),
      ],
      controllers: [ListProducts, ShowProduct, RestockProduct, ChangePrice, QuoteProducts, RestateProducts],
      providers: [
        StateNewProducts,
        ReserveStockWhenOrderPlaced,
        CommitStockWhenOrderConfirmed,
        ReleaseStockWhenOrderCancelled,
      ],
    };
  }
}
