import { messagingMigrations, MessagingModule, messagingSettings } from '@hookshop/messaging';
import { ObservabilityModule } from '@hookshop/observability';
import { PersistenceModule } from '@hookshop/persistence';
import { Module, type DynamicModule } from '@nestjs/common';
import { ApiKey } from './api-keys/api-key.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeys } from './api-keys/api-keys.js';
import { FirstKeys } from './api-keys/first-keys.js';
import { KeyRing } from './authentication/key-ring.js';
import { CustomersController } from './customers/customers.controller.js';
import { AsyncApiController } from './documentation/async-api.controller.js';
import { GatewayConfig } from './gateway.config.js';
import { inboundControllers, inboundProviders } from './inbound/inbound.parts.js';
import { EventStreamController } from './live-stream/event-stream.controller.js';
import { LiveStream } from './live-stream/live-stream.js';
import { CreateApiKeys1700000001001 } from './migrations/0001-create-api-keys.js';
import { CreateIdempotencyKeys1700000001002 } from './migrations/0002-create-idempotency-keys.js';
import { CreateTimeline1700000001003 } from './migrations/0003-create-timeline.js';
import { CreateWebhooks1700000001004 } from './migrations/0004-create-webhooks.js';
import { CreateInboundWebhooks1700000001005 } from './migrations/0005-create-inbound-webhooks.js';
import { TraceWebhooks1700000001006 } from './migrations/0006-trace-webhooks.js';
import { ForgetTimelines1700000001007 } from './migrations/0007-forget-timelines.js';
import { ConsumersController } from './operations/consumers.controller.js';
import { DeadLettersController } from './operations/dead-letters.controller.js';
import { AllDeadLetters } from './operations/all-dead-letters.js';
import { Services } from './operations/services.js';
import { OrdersController } from './orders/orders.controller.js';
import { IdempotentRequests } from './orders/place-order/idempotent-requests.js';
import { KeyRetention } from './orders/place-order/key-retention.js';
import { PlaceOrder } from './orders/place-order/place-order.js';
import { Endpoint } from './outbound/endpoints/endpoint.js';
import { outboundControllers, outboundProviders } from './outbound/outbound.parts.js';
import { ProductsController } from './products/products.controller.js';
import { RecordTimeline } from './timeline/record-timeline.js';
import { TimelineRetention } from './timeline/timeline-retention.js';
import { TimelineController } from './timeline/timeline.controller.js';
import { Timelines } from './timeline/timelines.js';

const migrations = [
  CreateApiKeys1700000001001,
  CreateIdempotencyKeys1700000001002,
  CreateTimeline1700000001003,
  CreateWebhooks1700000001004,
  CreateInboundWebhooks1700000001005,
  TraceWebhooks1700000001006,
  ForgetTimelines1700000001007,
];

/** The only door to the shop. */
@Module({})
export class GatewayModule {
  static register(config: GatewayConfig): DynamicModule {
    return {
      module: GatewayModule,
      imports: [
        ObservabilityModule.forRoot('gateway', config),
        PersistenceModule.forRoot({
          url: config.databaseUrl,
          entities: [ApiKey, Endpoint],
          migrations: [...messagingMigrations, ...migrations],
          applicationName: 'gateway',
        }),
        // The door stays open while the broker is away.
        MessagingModule.forRoot({ service: 'gateway', ...messagingSettings(config), brokerRequired: false }),
      ],
      controllers: [
        OrdersController,
        TimelineController,
        EventStreamController,
        ProductsController,
        CustomersController,
        DeadLettersController,
        ConsumersController,
        ApiKeysController,
        AsyncApiController,
        ...outboundControllers,
        ...inboundControllers,
      ],
      providers: [
        { provide: GatewayConfig, useValue: config },
        KeyRing,
        ApiKeys,
        FirstKeys,
        PlaceOrder,
        IdempotentRequests,
        KeyRetention,
        Timelines,
        RecordTimeline,
        TimelineRetention,
        LiveStream,
        Services,
        AllDeadLetters,
        ...outboundProviders,
        ...inboundProviders,
      ],
    };
  }
}
