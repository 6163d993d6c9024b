import type { Transaction } from '@hookshop/messaging';
import { Metrics } from '@hookshop/observability';
import { Injectable } from '@nestjs/common';
import type { Order } from './order.js';

/** What becomes of orders, for Prometheus: counted when it is committed, and only then. */
@Injectable()
export class OrderOutcomes {
  private readonly orders;
  private readonly confirmation;

  constructor(metrics: Metrics) {
    this.orders = metrics.counter({
      name: 'orders_total',
      help: 'Orders by what became of them (placed, confirmed, shipped, delivered, cancelled) and the reason for cancelling',
      labelNames: ['outcome', 'reason'],
    });
    this.confirmation = metrics.histogram({
      name: 'order_confirmation_seconds',
      help: 'From placing an order to its confirmation, as its own times tell it',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900],
    });
  }

  count({ status: outcome, cancellationReason, placedAt, updatedAt }: Order, tx: Transaction): void {
    const reason = cancellationReason ?? '';
    const seconds = (updatedAt.getTime() - placedAt.getTime()) / 1_000;
    tx.afterCommit(() => {
      this.orders.inc({ outcome, reason });
      if (outcome === 'confirmed') this.confirmation.observe(seconds);
    });
  }
}
