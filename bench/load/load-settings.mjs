const httpAddress = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && /^https?:$/.test(url.protocol) ? { value: url.origin } : { fault: 'must be the address of a server' };
};
const number = (least, most, { whole }) => {
  const must = `must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}`;
  return (text) => {
    const value = Number(text);
    const good = value >= least && value <= most && (!whole || Number.isInteger(value));
    return good ? { value } : { fault: must };
  };
};
/** Nothing: there is none. */
const unless = (read) => (text) => (text === '' ? { value: undefined } : read(text));
const text = (value) => (value === '' ? { fault: 'is missing' } : { value });

const variables = {
  LOAD_GATEWAY_URL: { name: 'gatewayUrl', read: httpAddress, otherwise: 'http://localhost:3000' },
  LOAD_SANDBOX_URL: { name: 'sandboxUrl', read: unless(httpAddress), otherwise: 'http://localhost:3010' },
  SHOP_API_KEY: { name: 'key', read: text, otherwise: 'sk_shop_demo' },
  LOAD_ORDERS_PER_SECOND: { name: 'ordersPerSecond', read: number(0.01, 1_000, { whole: false }), otherwise: '5' },
  LOAD_CLIENTS: { name: 'clients', read: number(1, 500, { whole: true }), otherwise: '16' },
  LOAD_CUSTOMERS: { name: 'customers', read: number(1, 100_000, { whole: true }), otherwise: '200' },
  LOAD_REPORT_SECONDS: { name: 'reportSeconds', read: number(1, 3_600, { whole: true }), otherwise: '5' },
};

/** The environment cannot be used; the message names every fault. */
export class BadSettings extends Error {}

/**
 * What the load generator is told by its environment.
 *
 * @param {Record<string, string | undefined>} env
 * @returns {{ gatewayUrl: string, sandboxUrl?: string, key: string, ordersPerSecond: number, clients: number,
 *   customers: number, reportSeconds: number }}
 * @throws BadSettings
 */
export function loadSettings(env) {
  const settings = /** @type {any} */ ({});
  const faults = [];
  for (const [variable, { name, read, otherwise }] of Object.entries(variables)) {
    const { value, fault } = read(env[variable] ?? otherwise);
    if (fault) faults.push(`${variable} ${fault}`);
    settings[name] = value;
  }
  if (faults.length > 0) throw new BadSettings(`The load cannot start:\n  ${faults.join('\n  ')}`);
  return settings;
}
