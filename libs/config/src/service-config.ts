import { IsIn, IsInt, IsNotEmpty, IsOptional, Max, Min, ValidateBy } from 'class-validator';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const nodeEnvironments = ['development', 'test', 'production'] as const;

export type LogLevel = (typeof logLevels)[number];
export type NodeEnvironment = (typeof nodeEnvironments)[number];

/** A URL with one of the given schemes and a host: `IsUrlWith('postgres', 'postgresql')`. */
export function IsUrlWith(...schemes: string[]): PropertyDecorator {
  return ValidateBy({
    name: 'isUrlWith',
    validator: {
      validate: (value) => {
        const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
        return url !== undefined && schemes.includes(url.protocol.slice(0, -1)) && url.hostname !== '';
      },
      defaultMessage: (validation) =>
        `${validation?.property} must be a URL with a host, starting with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    },
  });
}

/** What every service reads from its environment; a service extends it with its own. */
export class ServiceConfig {
  /** 0 takes any free port. */
  @IsInt() @Min(0) @Max(65535) readonly port: number;
  @IsNotEmpty() readonly host: string = '127.0.0.1';
  @IsUrlWith('postgres', 'postgresql') readonly databaseUrl: string;
  @IsUrlWith('nats', 'tls') readonly natsUrl: string;
  @IsIn(logLevels) readonly logLevel: LogLevel = 'info';
  @IsIn(nodeEnvironments) readonly nodeEnv: NodeEnvironment = 'development';
  @IsOptional() @IsUrlWith('http', 'https') readonly otelExporterOtlpEndpoint?: string;
}
