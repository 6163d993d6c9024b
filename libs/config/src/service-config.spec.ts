import { InvalidEnvironment } from './invalid-environment.js';
import { loadConfig } from './load-config.js';
import { ServiceConfig } from './service-config.js';

const least = { PORT: '0', DATABASE_URL: 'postgres://a@b/c', NATS_URL: 'nats://b' };
const faultsOf = (more: NodeJS.ProcessEnv): string => {
  try {
    loadConfig(ServiceConfig, { ...least, ...more });
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidEnvironment);
    return (error as Error).message;
  }
};

describe('what a service reads about a collector', () => {
  it('is nothing by default', () => {
    const config = loadConfig(ServiceConfig, { ...least, OTEL_EXPORTER_OTLP_ENDPOINT: '' });

    expect(config.otelExporterOtlpEndpoint).toBeUndefined();
    expect(config).toMatchObject({ otelTracesExporter: 'otlp', otelLogsExporter: 'otlp' });
    expect(config).toMatchObject({ otelTracesSampler: 'parentbased_always_on', otelTracesSamplerArg: 1 });
  });

  it('is where it is, what it is sent and wants to see, and a share of the traces', () => {
    const given = {
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://lines.example/take',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example:4318/otlp',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b,tenant=shop',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    };

    expect(loadConfig(ServiceConfig, { ...least, ...given })).toMatchObject({
      otelExporterOtlpLogsEndpoint: given.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT,
      otelTracesExporter: 'none',
      otelLogsExporter: 'none',
      otelExporterOtlpEndpoint: given.OTEL_EXPORTER_OTLP_ENDPOINT,
      otelExporterOtlpHeaders: given.OTEL_EXPORTER_OTLP_HEADERS,
      otelTracesSampler: 'parentbased_traceidratio',
      otelTracesSamplerArg: 0.25,
    });
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'must be a URL with a host, starting with http:// or https://'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'collector', 'must be a URL with a host'],
    ['OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', 'collector', 'must be a URL with a host'],
    ['OTEL_TRACES_EXPORTER', 'console', 'must be one of the following values: otlp, none'],
    ['OTEL_LOGS_EXPORTER', 'console', 'must be one of the following values: otlp, none'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'Bearer hunter2', 'must be key=value, several comma-separated'],
    ['OTEL_TRACES_SAMPLER', 'sometimes', 'must be one of the following values: parentbased_always_on'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5', 'must not be greater than 1'],
    ['OTEL_TRACES_SAMPLER_ARG', 'half', 'a number'],
  ])('%s=%s is refused by its name, with what it must be and without its value', (variable, value, expected) => {
    const message = faultsOf({ [variable]: value });

    expect(message).toContain(variable);
    expect(message).toContain(expected);
    expect(message).not.toContain('hunter2');
  });
});
