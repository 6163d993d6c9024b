import { type CollectorConfig, logsUrl, tracesUrl } from './endpoints.js';

describe('a collector', () => {
  const base = { otelExporterOtlpEndpoint: 'http://collector:4318' };
  const cases: [CollectorConfig, { traces?: string; logs?: string }][] = [
    [{}, {}],
    [base, { traces: 'http://collector:4318/v1/traces', logs: 'http://collector:4318/v1/logs' }],
    [
      { otelExporterOtlpEndpoint: 'https://collector/otlp/' },
      { traces: 'https://collector/otlp/v1/traces', logs: 'https://collector/otlp/v1/logs' },
    ],
    [{ otelExporterOtlpTracesEndpoint: 'https://collector/here' }, { traces: 'https://collector/here' }],
    [{ otelExporterOtlpLogsEndpoint: 'https://collector/here' }, { logs: 'https://collector/here' }],
    [
      { ...base, otelExporterOtlpTracesEndpoint: 'https://tempo/', otelExporterOtlpLogsEndpoint: 'https://loki/otlp' },
      { traces: 'https://tempo/', logs: 'https://loki/otlp' },
    ],
    [{ ...base, otelTracesExporter: 'none' }, { logs: 'http://collector:4318/v1/logs' }],
    [{ ...base, otelLogsExporter: 'none' }, { traces: 'http://collector:4318/v1/traces' }],
    [{ otelExporterOtlpLogsEndpoint: 'https://loki/otlp', otelLogsExporter: 'none' }, {}],
  ];

  it.each(cases)('of %j takes %j', (config, expected) => {
    expect({ traces: tracesUrl(config), logs: logsUrl(config) }).toEqual(expected);
  });
});
