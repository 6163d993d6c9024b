/**
 * What people outside do, at the sandbox: the customer at her bank, the carrier's driver. Each answers true when nothing
 * is left to do, false when it is too early.
 *
 * @param {(method: string, path: string, options?: object) => Promise<{ status: number, body: any }>} ask
 */
export function thirdParties(ask) {
  const newest = async (path) => (await ask('GET', path)).body?.data?.[0];

  async function move(orderId, from, step) {
    const parcel = await newest(`/carrier/shipments?orderId=${orderId}`);
    if (parcel === undefined) return false;
    // Anything else was done before, or will never be: cancelled, or on its way back.
    if (parcel.status === from) await ask('POST', `/carrier/shipments/${parcel.id}/${step}`);
    return true;
  }

  return {
    /** @param {'succeed' | 'fail'} outcome */
    async authenticate(orderId, outcome) {
      const intent = await newest(`/provider/payment-intents?orderId=${orderId}`);
      if (intent === undefined) return false;
      await ask('POST', `/provider/payment-intents/${intent.id}/authenticate`, { body: { outcome } });
      return true;
    },
    pickUp: (orderId) => move(orderId, 'booked', 'pick-up'),
    deliver: (orderId) => move(orderId, 'picked_up', 'deliver'),
  };
}
