import type { Provider, Type } from '@nestjs/common';
import { Deliveries } from './deliveries/deliveries.js';
import { DeliveriesController } from './deliveries/deliveries.controller.js';
import { PollDeliveries } from './deliveries/poll-deliveries.js';
import { RecoveryController } from './deliveries/recovery.controller.js';
import { ReplayDeliveries } from './deliveries/replay-deliveries.js';
import { RetryDelivery } from './deliveries/retry-delivery.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { DispatchSignals } from './dispatch-signals.js';
import { EndpointStates } from './endpoints/endpoint-states.js';
import { EndpointTrials } from './endpoints/endpoint-trials.js';
import { EndpointsController } from './endpoints/endpoints.controller.js';
import { Endpoints } from './endpoints/endpoints.js';
import { ShowStats } from './endpoints/show-stats.js';
import { FanOutToEndpoints } from './fan-out/fan-out-to-endpoints.js';
import { EventTypesController } from './subscriptions/event-types.controller.js';
import { WebhookRetention } from './retention/webhook-retention.js';
import { Sealing } from './sealing/sealing.js';

/** Webhooks to partners: the routes. */
export const outboundControllers: Type[] = [
  EventTypesController,
  EndpointsController,
  RecoveryController,
  DeliveriesController,
];

/** Webhooks to partners: everything behind the routes, and what works by itself. */
export const outboundProviders: Provider[] = [
  Sealing,
  Endpoints,
  EndpointStates,
  EndpointTrials,
  ShowStats,
  FanOutToEndpoints,
  Dispatcher,
  DispatchSignals,
  Deliveries,
  RetryDelivery,
  ReplayDeliveries,
  PollDeliveries,
  WebhookRetention,
];
