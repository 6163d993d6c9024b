import { runService } from '@hookshop/http';
import { PaymentConfig } from './payment.config.js';
import { PaymentModule } from './payment.module.js';

await runService({ service: 'payment', config: PaymentConfig, module: (config) => PaymentModule.register(config) });
