export { InvalidEnvironment, type EnvironmentFault } from './invalid-environment.js';
export { loadConfig } from './load-config.js';
export { IsUrlWith, ServiceConfig, type LogLevel, type NodeEnvironment } from './service-config.js';
