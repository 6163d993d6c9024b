import { ProviderBehaviour } from './provider-behaviour.js';

const well = { hangs: false, fails: false, telling: { copies: 1, first: false } };

describe('ProviderBehaviour', () => {
  it('lets only payments hang and only refunds fail', async () => {
    const behaviour = new ProviderBehaviour();
    behaviour.set({ timeoutAfterCharge: true, failRefunds: true });

    expect(await behaviour.meet('payment')).toEqual({ ...well, hangs: true });
    expect(await behaviour.meet('refund')).toEqual({ ...well, fails: true });
    expect(await behaviour.meet('cancellation')).toEqual(well);
  });

  it('tells twice or never whatever was done, and first only what the merchant asked for', async () => {
    const behaviour = new ProviderBehaviour();
    const telling = async (request: Parameters<ProviderBehaviour['meet']>[0]) =>
      (await behaviour.meet(request)).telling;

    behaviour.set({ webhookTwice: true, webhookFirst: true });
    for (const request of ['payment', 'cancellation', 'refund'] as const) {
      expect(await telling(request)).toEqual({ copies: 2, first: true });
    }
    expect(await telling('authentication')).toEqual({ copies: 2, first: false });

    behaviour.set({ webhookNever: true, webhookTwice: true });
    expect(await telling('authentication')).toEqual({ copies: 0, first: false });
  });

  it.each([{ webhookTwice: true }, { webhookNever: true }, { webhookFirst: true }])(
    'is well again after one request that suffered from %j',
    async (wanted) => {
      const behaviour = new ProviderBehaviour();
      behaviour.set({ ...wanted, times: 1 });

      expect(await behaviour.meet('refund')).not.toEqual(well);
      expect(await behaviour.meet('refund')).toEqual(well);
    },
  );

  it('lets the customer authenticate at once', async () => {
    const behaviour = new ProviderBehaviour();
    behaviour.set({ delayMs: 60_000, timeoutAfterCharge: true, webhookFirst: true, times: 1 });

    expect(await behaviour.meet('authentication')).toEqual(well);
    expect(await Promise.race([behaviour.meet('refund'), Promise.resolve('waits')])).toBe('waits');
  });

  it('is well again after the given number of requests that suffered', async () => {
    const behaviour = new ProviderBehaviour();
    behaviour.set({ failRefunds: true, times: 2 });

    await behaviour.meet('payment');

    expect(await behaviour.meet('refund')).toEqual({ ...well, fails: true });
    expect(await behaviour.meet('refund')).toEqual({ ...well, fails: true });
    expect(await behaviour.meet('refund')).toEqual(well);
  });

  it('is replaced as a whole', async () => {
    const behaviour = new ProviderBehaviour();
    behaviour.set({ failRefunds: true, times: 1 });
    behaviour.set({ timeoutAfterCharge: true });

    expect(await behaviour.meet('refund')).toEqual(well);
    expect(await behaviour.meet('payment')).toEqual({ ...well, hangs: true });
    expect(await behaviour.meet('payment')).toEqual({ ...well, hangs: true });
  });
});
