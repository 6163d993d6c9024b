import { runService } from '@hookshop/http';
import { gateway } from './gateway.js';

await runService(gateway);
