/** What customers do, as shares of one: of orders, or of those that ask for authentication. */
const lineCounts = { 1: 0.6, 2: 0.28, 3: 0.12 };
const quantities = { 1: 0.8, 2: 0.15, 3: 0.05 };
const methods = {
  pm_card_visa: 0.88,
  pm_card_authenticationRequired: 0.07,
  pm_card_chargeDeclined: 0.03,
  pm_card_chargeDeclinedInsufficientFunds: 0.02,
};
/** Whoever leaves lets the order run into its deadline. */
const authentications = { succeed: 0.8, fail: 0.15, leave: 0.05 };
const REGRETTED = 0.05;
const REGRET_MS = { least: 0, most: 5_000 };
const AUTHENTICATION_MS = { least: 500, most: 5_000 };
const DRIVE_MS = { least: 1_000, most: 5_000 };

/**
 * Orders as a day in the shop brings them.
 *
 * @param {object} world
 * @param {() => number} world.random from 0 to 1
 * @param {() => string} world.newId
 * @param {() => string[]} world.skus what can be bought now
 * @param {number} world.customers how many there are
 * @param {boolean} world.withThirdParties false: nobody could authenticate a payment
 */
export function orderMix({ random, newId, skus, customers, withThirdParties }) {
  const among = (least, most) => least + Math.floor(random() * (most - least + 1));
  const chosen = (shares) => {
    let left = random() * Object.values(shares).reduce((sum, share) => sum + share, 0);
    return Object.entries(shares).find(([, share]) => (left -= share) < 0)?.[0] ?? Object.keys(shares)[0];
  };
  const some = (count, of) => {
    const rest = [...of];
    return Array.from({ length: Math.min(count, rest.length) }, () => rest.splice(among(0, rest.length - 1), 1)[0]);
  };
  const payable = Object.fromEntries(
    Object.entries(methods).filter(([method]) => withThirdParties || method !== 'pm_card_authenticationRequired'),
  );
  return {
    next() {
      const number = among(1, customers);
      const method = chosen(payable);
      return {
        idempotencyKey: newId(),
        customer: { email: `load-${number}@example.com`, name: `Customer ${number}` },
        lines: some(Number(chosen(lineCounts)), skus()).map((sku) => ({ sku, quantity: Number(chosen(quantities)) })),
        method,
        ...(method === 'pm_card_authenticationRequired' && {
          authentication: chosen(authentications),
          authenticatesAfterMs: among(AUTHENTICATION_MS.least, AUTHENTICATION_MS.most),
        }),
        ...(random() < REGRETTED && { regretsAfterMs: among(REGRET_MS.least, REGRET_MS.most) }),
      };
    },
    /** How long the carrier's driver is under way, to the shop or to the customer. */
    driveMs: () => among(DRIVE_MS.least, DRIVE_MS.most),
  };
}
