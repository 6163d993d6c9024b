import { runService } from '@hookshop/http';
import { EmailConfig } from './email.config.js';
import { EmailModule } from './email.module.js';

await runService({ service: 'email', config: EmailConfig, module: (config) => EmailModule.register(config) });
