import { IsIn, IsInt, IsNotEmpty, IsNumber, IsOptional, Matches, Max, Min, ValidateBy } from 'class-validator';
import { areTrustedProxies } from './trusted-proxies.js';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const nodeEnvironments = ['development', 'test', 'production'] as const;
const migrationModes = ['run', 'skip', 'only'] as const;
const telemetryExporters = ['otlp', 'none'] as const;
const traceSamplers = ['parentbased_always_on', 'parentbased_traceidratio', 'always_on', 'always_off'] as const;

export type LogLevel = (typeof logLevels)[number];
export type NodeEnvironment = (typeof nodeEnvironments)[number];
export type MigrationMode = (typeof migrationModes)[number];
export type TelemetryExporter = (typeof telemetryExporters)[number];
export type TraceSampler = (typeof traceSamplers)[number];

/** A URL with one of the given schemes and a host: `IsUrlWith('postgres', 'postgresql')`. */
export const IsUrlWith = (...schemes: string[]): PropertyDecorator =>
  urlRule('isUrlWith', 'a URL', schemes, (value) => isUrlWith(schemes, value));

/** The same, or several of them, comma-separated in one string. */
export const AreUrlsWith = (...schemes: string[]): PropertyDecorator =>
  urlRule('areUrlsWith', 'a URL, or several comma-separated,', schemes, (value) =>
    value.split(',').every((url) => isUrlWith(schemes, url.trim())),
  );

const isUrlWith = (schemes: string[], text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && schemes.includes(url.protocol.slice(0, -1)) && url.hostname !== '';
};

function urlRule(name: string, what: string, schemes: string[], holds: (value: string) => boolean): PropertyDecorator {
  const starts = schemes.map((scheme) => `${scheme}://`).join(' or ');
  return ValidateBy({
    name,
    validator: {
      validate: (value) => typeof value === 'string' && holds(value),
      defaultMessage: (validation) => `${validation?.property} must be ${what} with a host, starting with ${starts}`,
    },
  });
}

const AreTrustedProxies = (): PropertyDecorator =>
  ValidateBy({
    name: 'areTrustedProxies',
    validator: {
      validate: (value) => typeof value === 'string' && areTrustedProxies(value),
      defaultMessage: (validation) =>
        `${validation?.property} must be addresses of proxies, such as 10.0.0.0/8,fd00::/8`,
    },
  });

/** What every service reads from its environment; a service extends it with its own. */
export class ServiceConfig {
  /** 0 takes any free port. */
  @IsInt() @Min(0) @Max(65535) readonly port: number;
  @IsNotEmpty() readonly host: string = '127.0.0.1';
  /** Whose word on a caller's address is taken, see `trustedProxies`; nobody's when it is not set. */
  @IsOptional() @AreTrustedProxies() readonly trustProxy?: string;
  /** Most connections over HTTP at a time; for one more than that, those that only idle are closed. */
  @IsInt() @Min(10) @Max(1_000_000) readonly httpMaxConnections: number = 5_000;
  @IsUrlWith('postgres', 'postgresql') readonly databaseUrl: string;
  /** Encrypted where the broker asks for it. */
  @AreUrlsWith('nats') readonly natsUrl: string;
  @IsIn(logLevels) readonly logLevel: LogLevel = 'info';
  @IsIn(nodeEnvironments) readonly nodeEnv: NodeEnvironment = 'development';
  /**
   * Who brings the database's schema up to date: this process before it serves (`run`), this process and it does nothing
   * else (`only`), or another for which this one waits (`skip`).
   */
  @IsIn(migrationModes) readonly migrations: MigrationMode = 'run';
  /** Copies of the stream of facts, used when it is created: 1 on a single broker, 3 in a cluster. */
  @IsInt() @Min(1) @Max(5) readonly eventsReplicas: number = 1;
  /** Days the stream keeps a fact, used when it is created. Inboxes remember for longer. */
  @IsInt() @Min(1) @Max(365) readonly eventsMaxAgeDays: number = 7;
  /** Bytes the stream may take, used when it is created; a full stream pauses producers. */
  @IsInt() @Min(1024 ** 2) readonly eventsMaxBytes: number = 4 * 1024 ** 3;
  /** Facts that may wait in the outbox for the broker before nothing new is accepted. */
  @IsInt() @Min(1) readonly outboxMaxFacts: number = 50_000;
  /** Base URL of an OTLP/HTTP collector of traces and logs; without it there are no traces, and logs are on stdout only. */
  @IsOptional() @IsUrlWith('http', 'https') readonly otelExporterOtlpEndpoint?: string;
  /** Where it takes traces, if not at `/v1/traces` below its base URL. */
  @IsOptional() @IsUrlWith('http', 'https') readonly otelExporterOtlpTracesEndpoint?: string;
  /** Where it takes logs, if not at `/v1/logs` below its base URL. */
  @IsOptional() @IsUrlWith('http', 'https') readonly otelExporterOtlpLogsEndpoint?: string;
  /** `none` sends it none, whatever its address. */
  @IsIn(telemetryExporters) readonly otelTracesExporter: TelemetryExporter = 'otlp';
  @IsIn(telemetryExporters) readonly otelLogsExporter: TelemetryExporter = 'otlp';
  /** What the collector wants to see, a secret: `key=value,key=value`, values percent-encoded. */
  @IsOptional()
  @Matches(/^[^\s=,]+=[^,]+(?:,[^\s=,]+=[^,]+)*$/, { message: '$property must be key=value, several comma-separated' })
  readonly otelExporterOtlpHeaders?: string;
  /** Of a trace that begins here: kept always, never, or with the probability of `otelTracesSamplerArg`. */
  @IsIn(traceSamplers) readonly otelTracesSampler: TraceSampler = 'parentbased_always_on';
  @IsNumber() @Min(0) @Max(1) readonly otelTracesSamplerArg: number = 1;
}
