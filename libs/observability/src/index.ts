export { Health, type Check, type CheckResult, type HealthReport } from './health.js';
export { createLogger, Logger, type LogFields } from './logger.js';
export { Metrics } from './metrics.js';
export { ObservabilityModule } from './observability.module.js';
export type { CollectorConfig } from './otlp/endpoints.js';
export { maskSecrets, redact } from './redact.js';
export {
  adoptTrace,
  continueTrace,
  currentTrace,
  inTrace,
  recordRootsIf,
  traceIdOf,
  withoutTrace,
  withTrace,
  type TraceContext,
} from './trace-context.js';
export { openTracer } from './tracing/open-tracer.js';
export { Tracer, type Span, type SpanKind, type SpanSink } from './tracing/tracer.js';
