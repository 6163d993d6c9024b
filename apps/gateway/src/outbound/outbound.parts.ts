import type { Provider, Type } from '@nestjs/common';
import { Dispatcher } from './dispatch/dispatcher.js';
import { DispatchSignals } from './dispatch-signals.js';
import { FanOutToEndpoints } from './fan-out/fan-out-to-endpoints.js';
import { Sealing } from './sealing/sealing.js';

/** Webhooks to partners: the routes. */
export const outboundControllers: Type[] = [];

/** Webhooks to partners: everything behind the routes, and what works by itself. */
export const outboundProviders: Provider[] = [DispatchSignals, Dispatcher, FanOutToEndpoints, Sealing];
