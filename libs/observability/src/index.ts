export { Health, type Check, type CheckResult, type HealthReport } from './health.js';
export { createLogger, Logger, type LogFields } from './logger.js';
export { Metrics } from './metrics.js';
export { ObservabilityModule } from './observability.module.js';
export { maskSecrets, redact } from './redact.js';
export { continueTrace, currentTrace, withTrace, type TraceContext } from './trace-context.js';
