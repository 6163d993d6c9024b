import { createRequire } from 'node:module';
import type { ServiceConfig } from '@hookshop/config';
import type { LoggerService } from '@nestjs/common';
import { pino, stdTimeFunctions, type DestinationStream, type Logger as Pino } from 'pino';
import { redact } from './redact.js';
import { currentTrace, traceIdOf } from './trace-context.js';

export type LogFields = Record<string, unknown>;
type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/**
 * Structured log: `log.info({ orderId }, 'Order placed')` or `log.info('Ready')`; the service, the trace id and the
 * correlation id of the current trace are added. As Nest's own logger it also takes Nest's `(message, …, context)`.
 */
export class Logger implements LoggerService {
  private auditing?: Pino;

  constructor(private readonly pino: Pino) {}

  trace(...call: LogCall): void {
    this.write('trace', call);
  }

  debug(...call: LogCall): void {
    this.write('debug', call);
  }

  info(...call: LogCall): void {
    this.write('info', call);
  }

  warn(...call: LogCall): void {
    this.write('warn', call);
  }

  error(...call: LogCall): void {
    this.write('error', call);
  }

  fatal(...call: LogCall): void {
    this.write('fatal', call);
  }

  /** Nest's name for info. What Nest tells about its own start is detail to us. */
  log(...call: LogCall): void {
    const context = call.at(-1);
    this.write(typeof context === 'string' && framework.has(context) ? 'debug' : 'info', call);
  }

  /** Nest's name for trace. */
  verbose(...call: LogCall): void {
    this.write('trace', call);
  }

  /** Who did what: a line of level info that no level of the log leaves out, but `silent`. */
  audit(fields: LogFields, message: string): void {
    if (this.pino.level === 'silent') return;
    this.auditing ??= this.pino.child({}, { level: 'info' });
    this.auditing.info({ audit: true, ...(redact(fields) as LogFields) }, redact(message) as string);
  }

  isLevelEnabled(level: Level): boolean {
    return this.pino.isLevelEnabled(level);
  }

  child(fields: LogFields): Logger {
    return new Logger(this.pino.child(redact(fields) as LogFields));
  }

  private write(level: Level, call: LogCall): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const { fields, message } = read(call);
    this.pino[level](redact(fields) as LogFields, redact(message) as string);
  }
}

/** `(fields, message?)`, `(message)`, or Nest's `(message or error, …, stack?, context?)`. */
export type LogCall = [first: unknown, ...rest: unknown[]];

const framework = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

const isStack = (text: string): boolean => /\n[^\S\n]+at /.test(text);

function read([first, ...rest]: LogCall): { fields: LogFields; message?: string } {
  if (typeof first === 'object' && first !== null && !(first instanceof Error) && !Array.isArray(first)) {
    const message = typeof rest[0] === 'string' ? rest[0] : undefined;
    return { fields: first as LogFields, message };
  }

  const fields: LogFields = first instanceof Error ? { err: first } : {};
  const message = first instanceof Error ? first.message : typeof first === 'string' ? first : undefined;
  if (message === undefined) fields.value = first;
  const context = rest.at(-1);
  if (typeof context === 'string' && !isStack(context)) {
    fields.context = context;
    rest = rest.slice(0, -1);
  }
  const extra: unknown[] = [];
  for (const value of rest) {
    if (value === undefined) continue;
    if (value instanceof Error) fields.err = value;
    else if (typeof value === 'string' && isStack(value)) fields.stack = value;
    else extra.push(value);
  }
  if (extra.length > 0) fields.extra = extra;
  return { fields, message };
}

/** JSON lines on stdout; coloured text only for a developer's terminal. Written at once: a crash loses no line. */
export function createLogger(
  service: string,
  config: Pick<ServiceConfig, 'logLevel' | 'nodeEnv'>,
  destination: DestinationStream = destinationFor(config),
): Logger {
  const options = {
    level: config.logLevel,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // Errors arrive here described by `redact`; pino's own serializer would print every property of them.
    serializers: { err: (described: unknown) => described },
    mixin: () => {
      const trace = currentTrace();
      if (trace === undefined) return {};
      const traceId = traceIdOf(trace.traceparent);
      return trace.correlationId === undefined ? { traceId } : { traceId, correlationId: trace.correlationId };
    },
  };
  return new Logger(pino(options, destination));
}

export function destinationFor(config: Pick<ServiceConfig, 'nodeEnv'>): DestinationStream {
  if (config.nodeEnv !== 'development' || !process.stdout.isTTY) return pino.destination({ dest: 1, sync: true });
  const pretty = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty');
  return pretty({ colorize: true, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' });
}
