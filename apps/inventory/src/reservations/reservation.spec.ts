import { assertConfirmable, IllegalConfirmation, type ReservationStatus } from './reservation.js';

const confirm = (status: ReservationStatus, cancelledAt: number, confirmedAt: number): void =>
  assertConfirmable({ orderId: 'o1', status, orderSequence: cancelledAt }, confirmedAt);

describe('the confirmation of an order', () => {
  it.each(['reserved', 'committed'] as const)('may meet a reservation that is %s', (status) => {
    expect(() => confirm(status, 1, 3)).not.toThrow();
  });

  it.each(['released', 'cancelled'] as const)('was overtaken when a newer cancellation left it %s', (status) => {
    expect(() => confirm(status, 4, 3)).not.toThrow();
  });

  it.each(['released', 'cancelled'] as const)('is illegal when it is newer than the cancellation: %s', (status) => {
    expect(() => confirm(status, 4, 5)).toThrow(IllegalConfirmation);
  });

  it('is illegal when nothing was ever reserved', () => {
    expect(() => confirm('rejected', 4, 3)).toThrow('Order o1 was confirmed although its reservation is rejected');
  });
});
