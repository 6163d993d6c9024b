import { CarrierBehaviour } from './carrier-behaviour.js';

const once = { copies: 1, deliveredFirst: false };
const well = { hangs: false, webhookFirst: null };

describe('CarrierBehaviour', () => {
  it('lets only bookings hang', async () => {
    const behaviour = new CarrierBehaviour();
    behaviour.set({ timeoutAfterBooking: true });

    expect(await behaviour.meetBooking()).toEqual({ hangs: true, webhookFirst: null });
    expect(behaviour.meetMoves(2)).toEqual(once);
  });

  it('turns around only moves that are told together', () => {
    const behaviour = new CarrierBehaviour();
    behaviour.set({ deliveredFirst: true });

    expect(behaviour.meetMoves(1)).toEqual(once);
    expect(behaviour.meetMoves(2)).toEqual({ copies: 1, deliveredFirst: true });
  });

  it('is well again after the given number of requests that suffered', async () => {
    const behaviour = new CarrierBehaviour();
    behaviour.set({ deliveredFirst: true, times: 2 });

    await behaviour.meetBooking();
    await behaviour.meetCall();
    behaviour.meetMoves(1);

    expect(behaviour.meetMoves(2)).toMatchObject({ deliveredFirst: true });
    expect(behaviour.meetMoves(2)).toMatchObject({ deliveredFirst: true });
    expect(behaviour.meetMoves(2)).toEqual(once);
  });

  it('counts a booking once, whatever it suffers from', async () => {
    const behaviour = new CarrierBehaviour();
    behaviour.set({ webhookFirst: true, webhookTwice: true, timeoutAfterBooking: true, times: 1 });

    expect(await behaviour.meetBooking()).toEqual({ hangs: true, webhookFirst: { copies: 2, deliveredFirst: false } });
    expect(await behaviour.meetBooking()).toEqual(well);
  });

  it('does not count bookings as told twice when they tell nothing', async () => {
    const behaviour = new CarrierBehaviour();
    behaviour.set({ webhookTwice: true, times: 1 });

    expect(await behaviour.meetBooking()).toEqual(well);
    expect(behaviour.meetMoves(1)).toEqual({ copies: 2, deliveredFirst: false });
    expect(behaviour.meetMoves(1)).toEqual(once);
  });

  it('is replaced as a whole', async () => {
    const behaviour = new CarrierBehaviour();
    behaviour.set({ webhookTwice: true, times: 1 });
    behaviour.set({ timeoutAfterBooking: true });

    expect(behaviour.meetMoves(1)).toEqual(once);
    expect(await behaviour.meetBooking()).toMatchObject({ hangs: true });
    expect(await behaviour.meetBooking()).toMatchObject({ hangs: true });
  });
});
