import { runService } from '@hookshop/http';
import { CrmConfig } from './crm.config.js';
import { CrmModule } from './crm.module.js';

await runService({ service: 'crm', config: CrmConfig, module: (config) => CrmModule.register(config) });
