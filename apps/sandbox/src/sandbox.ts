import type { ServiceOptions } from '@hookshop/http';
import { speakCarrier } from './carrier/api/speak-carrier.js';
import { takeWebhooks } from './partner/take-webhooks.js';
import { speakStripe } from './provider/stripe/speak-stripe.js';
import { SandboxConfig } from './sandbox.config.js';
import { SandboxModule } from './sandbox.module.js';

export const sandbox: ServiceOptions<SandboxConfig> = {
  service: 'sandbox',
  module: (config) => SandboxModule.forRoot(config),
  config: SandboxConfig,
  microservice: false,
  isTraced: false,
  configure: (app) => {
    speakStripe(app);
    speakCarrier(app);
    takeWebhooks(app);
  },
};
