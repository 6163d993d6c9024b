import { runService } from '@hookshop/http';
import { ShippingConfig } from './shipping.config.js';
import { ShippingModule } from './shipping.module.js';

await runService({ service: 'shipping', config: ShippingConfig, module: (config) => ShippingModule.register(config) });
