import { runService } from '@hookshop/http';
import { sandbox } from './sandbox.js';

await runService(sandbox);
