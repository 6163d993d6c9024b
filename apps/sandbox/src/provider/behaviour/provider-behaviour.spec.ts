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
