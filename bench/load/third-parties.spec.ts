import { thirdParties } from './third-parties.mjs';

/** A sandbox with this one entry in its books. */
function outside(entry?: { id: string; status?: string }) {
  const done: string[] = [];
  const people = thirdParties(async (method, path, options) => {
    if (method === 'POST') done.push([path, JSON.stringify(options)].filter(Boolean).join(' '));
    return { status: 200, body: { data: entry ? [entry] : [] } };
  });
  return { people, done };
}

describe('people outside the shop', () => {
  it.each(['authenticate', 'pickUp', 'deliver'] as const)('%s later what is not in the books yet', async (act) => {
    const { people, done } = outside();

    expect(await people[act]('o-1', 'succeed')).toBe(false);
    expect(done).toEqual([]);
  });

  it('authenticate the payment of an order', async () => {
    const { people, done } = outside({ id: 'pi_1' });

    expect(await people.authenticate('o-1', 'fail')).toBe(true);
    expect(done).toEqual(['/provider/payment-intents/pi_1/authenticate {"body":{"outcome":"fail"}}']);
  });

  it.each([
    ['pickUp', 'booked', ['/carrier/shipments/shp_1/pick-up']],
    ['deliver', 'picked_up', ['/carrier/shipments/shp_1/deliver']],
    ['pickUp', 'cancelled', []],
    ['deliver', 'returning', []],
    ['pickUp', 'picked_up', []],
  ] as const)('%s a parcel that is %s: %j', async (act, status, expected) => {
    const { people, done } = outside({ id: 'shp_1', status });

    expect(await people[act]('o-1')).toBe(true);
    expect(done).toEqual(expected);
  });
});
