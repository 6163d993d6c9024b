import type { ServiceOptions } from '@hookshop/http';
import { Logger, Metrics } from '@hookshop/observability';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { authenticate } from './authentication/authenticate.js';
import { FailedCalls } from './authentication/failed-calls.js';
import { KeyRing } from './authentication/key-ring.js';
import { RateLimits } from './authentication/rate-limits.js';
import { allowDocumentation } from './documentation/allow-documentation.js';
import { GatewayConfig } from './gateway.config.js';
import { GatewayModule } from './gateway.module.js';
import { openHooks } from './inbound/receiving/open-hooks.js';
import { problemOf } from './problem-of.js';
import { serveDocumentation } from './documentation/open-api.js';

/** How the gateway's process is built; specs start it from here too. */
export const gateway: ServiceOptions<GatewayConfig> = {
  service: 'gateway',
  config: GatewayConfig,
  module: (config) => GatewayModule.register(config),
  brokerRequired: false,
  problems: problemOf,
  configure(app) {
    serveDocumentation(app);
    const server = serverOf(app);
    const config = app.get(GatewayConfig);
    allowDocumentation(server);
    authenticate(server, {
      keyRing: app.get(KeyRing),
      rates: new RateLimits(config.ratePerMinute),
      failed: new FailedCalls(config.apiFailuresPerMinute),
      log: app.get(Logger),
      metrics: app.get(Metrics),
    });
    openHooks(app);
  },
};

const serverOf = (app: NestFastifyApplication): FastifyInstance =>
  app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
