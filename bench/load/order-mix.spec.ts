import { seededRandom } from '../../e2e/seeded-random.js';
import { orderMix } from './order-mix.mjs';

const SKUS = ['KEYB-01', 'MOUSE-01', 'LAMP-01', 'DESK-01'];
const MANY = 20_000;

function orders({ withThirdParties = true, skus = SKUS } = {}) {
  const { between } = seededRandom(7);
  let ids = 0;
  const mix = orderMix({
    random: () => between(0, 2 ** 30) / (2 ** 30 + 1),
    newId: () => `id-${(ids += 1)}`,
    skus: () => skus,
    customers: 50,
    withThirdParties,
  });
  return Array.from({ length: MANY }, () => mix.next());
}
const share = (of: unknown[], all: unknown[]): number => of.length / all.length;

describe('the mix of orders', () => {
  const all = orders();

  it('is of many customers, who come again', () => {
    expect(new Set(all.map(({ customer }) => customer.email)).size).toBe(50);
  });

  it('has one to three lines of different products, of one to three pieces each', () => {
    const counts = [1, 2, 3].map((count) =>
      share(
        all.filter(({ lines }) => lines.length === count),
        all,
      ),
    );
    const quantities = new Set(all.flatMap(({ lines }) => lines.map(({ quantity }) => quantity)));

    expect(counts).toEqual([0.6, 0.28, 0.12].map((expected) => expect.closeTo(expected, 1)));
    expect([...quantities].sort()).toEqual([1, 2, 3]);
    for (const { lines } of all) expect(new Set(lines.map(({ sku }) => sku)).size).toBe(lines.length);
  });

  it('is mostly paid at once, sometimes declined, sometimes authenticated', () => {
    const shareOf = (method: string) =>
      share(
        all.filter((order) => order.method === method),
        all,
      );

    expect(shareOf('pm_card_visa')).toBeCloseTo(0.88, 1);
    expect(shareOf('pm_card_authenticationRequired')).toBeCloseTo(0.07, 1);
    expect(shareOf('pm_card_chargeDeclined') + shareOf('pm_card_chargeDeclinedInsufficientFunds')).toBeCloseTo(0.05, 1);
  });

  it('has people succeed, fail and leave at their bank, and nobody who was not sent there', () => {
    const sent = all.filter(({ method }) => method === 'pm_card_authenticationRequired');
    const others = all.filter(({ method }) => method !== 'pm_card_authenticationRequired');

    expect(new Set(sent.map(({ authentication }) => authentication))).toEqual(new Set(['succeed', 'fail', 'leave']));
    expect(
      share(
        sent.filter(({ authentication }) => authentication === 'succeed'),
        sent,
      ),
    ).toBeCloseTo(0.8, 1);
    expect(others.filter(({ authentication }) => authentication !== undefined)).toEqual([]);
  });

  it('has one in twenty regretted', () => {
    expect(
      share(
        all.filter(({ regretsAfterMs }) => regretsAfterMs !== undefined),
        all,
      ),
    ).toBeCloseTo(0.05, 2);
  });

  it('gives every order an idempotency key of its own', () => {
    expect(new Set(all.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(MANY);
  });

  it('sends nobody to a bank where there is none', () => {
    const methods = new Set(orders({ withThirdParties: false }).map(({ method }) => method));

    expect(methods).not.toContain('pm_card_authenticationRequired');
    expect(methods).toContain('pm_card_chargeDeclined');
  });

  it('asks for what can be bought, when that is less than it wants', () => {
    for (const { lines } of orders({ skus: ['LAMP-01'] })) expect(lines.map(({ sku }) => sku)).toEqual(['LAMP-01']);
  });
});
