import { verdict } from './verdict.mjs';

const report = (vulnerabilities: object, total = Object.keys(vulnerabilities).length) =>
  JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: { vulnerabilities: { total } } });
const finding = (severity: string) => ({
  name: 'ws',
  severity,
  range: '<8.17.1',
  via: [{ title: 'DoS by many headers', url: 'https://github.com/advisories/GHSA-3h5v-q93c-6h6q' }, 'engine.io'],
  fixAvailable: { name: 'ws', version: '8.17.1' },
});

describe('the audit of the packages', () => {
  it('is clean without findings', () => {
    expect(verdict(report({}))).toEqual({ outcome: 'clean', lines: ['0 findings, none of them high or critical.'] });
  });

  it.each(['info', 'low', 'moderate'])('is clean with one that is %s', (severity) => {
    expect(verdict(report({ ws: finding(severity) })).outcome).toBe('clean');
  });

  it.each(['high', 'critical'])('fails with one that is %s, and says what to do', (severity) => {
    expect(verdict(report({ ws: finding(severity) }))).toEqual({
      outcome: 'findings',
      lines: [
        `${severity}: ws <8.17.1: DoS by many headers (https://github.com/advisories/GHSA-3h5v-q93c-6h6q); by engine.io [mended in ws 8.17.1]`,
      ],
    });
  });

  it.each([
    ['takes no such question', { message: '405 Method Not Allowed - POST https://r.example/bulk', statusCode: 405 }],
    ['has no such address', { message: '404 Not Found - POST https://r.example/bulk' }],
    ['cannot be reached', { message: 'request to https://r.example failed', error: { code: 'ENOTFOUND' } }],
  ])('did not happen with a registry that %s', (_, output) => {
    expect(verdict(JSON.stringify(output)).outcome).toBe('unaudited');
  });

  it.each([
    ['nothing', '{}'],
    ['a broken lock file', '{"error":{"code":"ENOLOCK","summary":"This command requires an existing lockfile."}}'],
    ['no JSON', 'npm error'],
  ])('fails when npm answers with %s', (_, output) => {
    expect(() => verdict(output)).toThrow();
  });
});
