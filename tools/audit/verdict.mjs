/** How grave a finding must be to stop a build. */
const grave = new Set(['high', 'critical']);

/** Who has no answer: there is no such address, it takes no POST, or nobody is there. */
const unanswered = /\b(?:404|405|501)\b|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOAUDIT|audit endpoint/;

/**
 * What came of an audit, out of what `npm audit --json` printed.
 *
 * @param {string} output
 * @returns {{ outcome: 'clean' | 'findings' | 'unaudited', lines: string[] }} `unaudited`: the registry does not answer
 *   such questions, and nothing is known either way
 * @throws {Error} when it can be read as neither
 */
export function verdict(output) {
  const report = JSON.parse(output);
  if (report.metadata?.vulnerabilities !== undefined) return judge(report);
  const told = [report.message, report.error?.code, report.error?.summary].filter(Boolean).join(' ');
  if (unanswered.test(told)) return { outcome: 'unaudited', lines: [told] };
  throw new Error(`npm audit failed: ${told || output.slice(0, 500)}`);
}

function judge({ metadata, vulnerabilities = {} }) {
  const findings = Object.values(vulnerabilities).filter(({ severity }) => grave.has(severity));
  const { total = 0 } = metadata.vulnerabilities;
  if (findings.length === 0) return { outcome: 'clean', lines: [`${total} findings, none of them high or critical.`] };
  return { outcome: 'findings', lines: findings.map(describe) };
}

function describe({ name, severity, range, via = [], fixAvailable }) {
  const advisories = via.filter((cause) => typeof cause === 'object').map(({ title, url }) => `${title} (${url})`);
  const causes = via.filter((cause) => typeof cause === 'string').map((cause) => `by ${cause}`);
  const fix = fixAvailable
    ? `mended in ${fixAvailable.name ?? name} ${fixAvailable.version ?? ''}`.trim()
    : 'no fix yet';
  return `${severity}: ${name} ${range}: ${[...advisories, ...causes].join('; ')} [${fix}]`;
}
