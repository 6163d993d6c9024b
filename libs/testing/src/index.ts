export * from './broker.js';
export * from './database.js';
export * from './eventually.js';
export * from './test-collector.js';
export { freePort } from '../../../tools/infrastructure/ports.mjs';
