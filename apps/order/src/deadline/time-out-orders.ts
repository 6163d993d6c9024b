import { Periodic, Transactions } from '@hookshop/messaging';
import { Logger } from '@hookshop/observability';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { stateCancelled } from '../order-facts.js';
import { OrderOutcomes } from '../order-outcomes.js';
import { saveMoves } from '../save-moves.js';
import { lockOverdueOrders } from './lock-overdue-orders.js';

const PAUSE_MS = 1_000;
const BATCH = 100;

/** Cancels orders that no step answered in time; their compensations run on `order.cancelled`. */
@Injectable()
export class TimeOutOrders implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;

  constructor(
    private readonly transactions: Transactions,
    private readonly outcomes: OrderOutcomes,
    log: Logger,
  ) {
    this.periodic = new Periodic('The sweep of overdue orders', PAUSE_MS, () => this.sweep(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.periodic.stop();
  }

  /** Cancels everything overdue now, a bounded number per transaction. */
  async sweep(): Promise<void> {
    while ((await this.timeOutSome()) === BATCH);
  }

  private timeOutSome(): Promise<number> {
    return this.transactions.run(async (tx) => {
      const orders = await lockOverdueOrders(tx, BATCH);
      for (const order of orders) {
        order.cancel('timed-out', new Date());
        stateCancelled(order, tx);
        this.outcomes.count(order, tx);
      }
      await saveMoves(tx, orders);
      return orders.length;
    });
  }
}
