import { runService } from '@hookshop/http';
import { OrderConfig } from './order.config.js';
import { OrderModule } from './order.module.js';

await runService({ service: 'order', config: OrderConfig, module: (config) => OrderModule.register(config) });
