import { messagingMigrations, MessagingModule, messagingSettings } from '@hookshop/messaging';
import { ObservabilityModule } from '@hookshop/observability';
import { PersistenceModule } from '@hookshop/persistence';
import { type DynamicModule, Module } from '@nestjs/common';
import { Carrier } from './carrier/carrier.js';
import { LookAtParcels } from './look-at-parcels/look-at-parcels.js';
import { CreateShipments1700000000001 } from './migrations/0001-create-shipments.js';
import { LookAtParcels1700000000002 } from './migrations/0002-look-at-parcels.js';
import { BookShipmentWhenOrderConfirmed } from './reactions/book-shipment-when-order-confirmed.js';
import { CallOffShipmentWhenOrderCancelled } from './reactions/call-off-shipment-when-order-cancelled.js';
import { FollowCarrierWhenWebhookReceived } from './reactions/follow-carrier-when-webhook-received.js';
import { CarrierAnswers } from './settlement/carrier-answers.js';
import { Settlements } from './settlement/settlements.js';
import { ShipParcels } from './ship-parcels/ship-parcels.js';
import { Shipment } from './shipment.js';
import { ShippingConfig } from './shipping.config.js';
import { ShowShipments } from './show-shipments/show-shipments.js';

/** Has the parcels of confirmed orders carried, once, and brings back those of cancelled ones. */
@Module({})
export class ShippingModule {
  static register(config: ShippingConfig): DynamicModule {
    return {
      module: ShippingModule,
      imports: [
        ObservabilityModule.forRoot('shipping', config),
        PersistenceModule.forRoot({
          url: config.databaseUrl,
          entities: [Shipment],
          migrations: [...messagingMigrations, CreateShipments1700000000001, LookAtParcels1700000000002],
          applicationName: 'shipping',
        }),
        MessagingModule.forRoot({ service: 'shipping', ...messagingSettings(config) }),
      ],
      controllers: [ShowShipments],
      providers: [
        { provide: ShippingConfig, useValue: config },
        Carrier,
        Settlements,
        CarrierAnswers,

        ShipParcels,
        LookAtParcels,

        BookShipmentWhenOrderConfirmed,
        CallOffShipmentWhenOrderCancelled,
        FollowCarrierWhenWebhookReceived,
      ],
    };
  }
}
