import { messagingMigrations, MessagingModule, messagingSettings } from '@hookshop/messaging';
import { ObservabilityModule } from '@hookshop/observability';
import { PersistenceModule } from '@hookshop/persistence';
import { type DynamicModule, Module } from '@nestjs/common';
import { CancelOrderController } from './cancel-order/cancel-order.controller.js';
import { TimeOutOrders } from './deadline/time-out-orders.js';
import { CreateOrders1700000000001 } from './migrations/0001-create-orders.js';
import { OrderConfig } from './order.config.js';
import { OrderOutcomes } from './order-outcomes.js';
import { Order } from './order.js';
import { PlaceOrderController } from './place-order/place-order.controller.js';
import { PlaceOrders } from './place-order/place-orders.js';
import { AskPrices } from './prices/ask-prices.js';
import { CancelOrderWhenPaymentDeclined } from './reactions/cancel-order-when-payment-declined.js';
import { CancelOrderWhenStockRejected } from './reactions/cancel-order-when-stock-rejected.js';
import { ConfirmOrderWhenPaymentCaptured } from './reactions/confirm-order-when-payment-captured.js';
import { DeliverOrderWhenShipmentDelivered } from './reactions/deliver-order-when-shipment-delivered.js';
import { LearnPriceWhenPriceChanged } from './reactions/learn-price-when-price-changed.js';
import { LearnPriceWhenProductListed } from './reactions/learn-price-when-product-listed.js';
import { RequestPaymentWhenStockReserved } from './reactions/request-payment-when-stock-reserved.js';
import { ShipOrderWhenShipmentDispatched } from './reactions/ship-order-when-shipment-dispatched.js';
import { ShowOrderController } from './show-order/show-order.controller.js';

/** What the order service answers, and what it reacts to. */
@Module({})
export class OrderModule {
  static register(config: OrderConfig): DynamicModule {
    return {
      module: OrderModule,
      imports: [
        ObservabilityModule.forRoot('order', config),
        PersistenceModule.forRoot({
          url: config.databaseUrl,
          entities: [Order],
          migrations: [...messagingMigrations, CreateOrders1700000000001],
          applicationName: 'order',
        }),
        MessagingModule.forRoot({ service: 'order', ...messagingSettings(config) }),
      ],
      controllers: [PlaceOrderController, ShowOrderController, CancelOrderController],
      providers: [
        { provide: OrderConfig, useValue: config },
        OrderOutcomes,
        PlaceOrders,
        AskPrices,
        TimeOutOrders,
        RequestPaymentWhenStockReserved,
        CancelOrderWhenStockRejected,
        ConfirmOrderWhenPaymentCaptured,
        CancelOrderWhenPaymentDeclined,
        ShipOrderWhenShipmentDispatched,
        DeliverOrderWhenShipmentDelivered,
        LearnPriceWhenProductListed,
        LearnPriceWhenPriceChanged,
      ],
    };
  }
}
