export { brokerAddress, type BrokerAddress } from './broker-address.js';
export { InvalidEnvironment, type EnvironmentFault } from './invalid-environment.js';
export { loadConfig } from './load-config.js';
export {
  AreUrlsWith,
  IsUrlWith,
  ServiceConfig,
  type LogLevel,
  type MigrationMode,
  type NodeEnvironment,
} from './service-config.js';
export { trustedProxies } from './trusted-proxies.js';
