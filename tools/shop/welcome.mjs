import { relative } from 'node:path';
import { root } from '../workspace/root.mjs';

const order = {
  customer: { email: 'ada@example.com', name: 'Ada Lovelace' },
  lines: [{ sku: 'KEYB-01', quantity: 1 }],
  payment: { method: 'pm_card_visa' },
  shippingAddress: { line1: '1 Main St', city: 'Springfield', postalCode: '12345', country: 'US' },
};

const variables = { shop: 'SHOP_API_KEY', partner: 'PARTNER_API_KEY', admin: 'ADMIN_API_KEY' };

/** What a newcomer needs to go on. Keys that somebody chose himself are named, not shown. */
export function welcome({ urls, keys, dataDir }, given) {
  const shown = (role) => (given[variables[role]] ? `$${variables[role]}` : keys[role]);
  const within = relative(root, dataDir);
  const data = within.startsWith('..') ? dataDir : within;
  return `
Hookshop is open.

  shop        ${urls.gateway}   (what it can do: ${urls.gateway}/docs)
  mail        ${urls.sandbox}/inbox
  webhooks    ${urls.sandbox}/partner/received   (what a partner was told)
  keys        shop ${shown('shop')}, partner ${shown('partner')}, admin ${shown('admin')}
  data, logs  ${data}, ${data}/logs

Place an order:

  curl -s ${urls.gateway}/v1/orders -H "Authorization: Bearer ${shown('shop')}" -H 'Content-Type: application/json' \\
    -d '${JSON.stringify(order)}'

Watch its journey:

  curl -sN ${urls.gateway}/v1/events/stream -H "Authorization: Bearer ${shown('shop')}"

Ctrl-C stops everything; the next start keeps the data.
`;
}
