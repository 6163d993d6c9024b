import { OrderConfirmed } from '@hookshop/contracts';
import { HandlesBatch, Unprocessable, type Fact, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { commitReservations } from '../reservations/commit-reservations.js';
import { lockProducts } from '../reservations/lock-products.js';
import { assertConfirmable, IllegalConfirmation, type Reservation } from '../reservations/reservation.js';

/** What was set aside for an order is sold. Nobody waits for it, so no fact is stated. */
@Injectable()
export class CommitStockWhenOrderConfirmed {
  @HandlesBatch(OrderConfirmed, { from: 'beginning', background: true })
  async commit(facts: Fact<OrderConfirmed>[], tx: Transaction): Promise<void> {
    const confirmed = new Map(facts.map((fact) => [fact.data.orderId, fact]));
    const confirmations = [...confirmed.values()].map(({ data, sequence }) => ({ orderId: data.orderId, sequence }));
    // Both travel together: the second runs when the first has its locks.
    const [, reservations] = await Promise.all([
      lockProducts(
        tx,
        facts.map(({ data }) => data),
      ),
      commitReservations(tx, confirmations),
    ]);
    const known = new Map(reservations.map((reservation) => [reservation.orderId, reservation]));
    for (const { orderId, sequence } of confirmations) judge(orderId, sequence, known.get(orderId));
  }
}

function judge(orderId: string, sequence: number, reservation: Reservation | undefined): void {
  // Confirmed means reserved before: the fact that placed the order is still on its way to this service.
  if (!reservation) throw new Error(`Order ${orderId} was confirmed and its reservation is not known yet`);
  try {
    assertConfirmable(reservation, sequence);
  } catch (error) {
    if (error instanceof IllegalConfirmation) throw new Unprocessable(error.message);
    throw error;
  }
}
