import { ServiceConfig } from '@hookshop/config';
import { runService } from '@hookshop/http';
import { InventoryModule } from './inventory.module.js';

await runService({
  service: 'inventory',
  config: ServiceConfig,
  module: (config) => InventoryModule.register(config),
});
