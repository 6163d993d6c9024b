import type { PlaceOrder } from '@hookshop/contracts';
import { NoAnswer, refuse, ServiceUnreachable, Transactions, type Transaction } from '@hookshop/messaging';
import { currentTrace } from '@hookshop/observability';
import { GroupCommit } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { OrderConfig } from '../order.config.js';
import { statePlaced } from '../order-facts.js';
import { OrderOutcomes } from '../order-outcomes.js';
import { Order } from '../order.js';
import { AskPrices } from '../prices/ask-prices.js';
import { readPrices } from '../prices/read-prices.js';
import { findOrders } from '../show-order/find-orders.js';
import { insertOrders } from './insert-orders.js';
import { priceOrder, UnknownProducts } from './price-order.js';

/** A request with the trace in which it was made: its group belongs to none. */
interface Asked {
  request: PlaceOrder;
  traceparent: string | undefined;
}

/** Places orders; those that arrive together share one transaction, and each is answered for itself. */
@Injectable()
export class PlaceOrders {
  private readonly group = new GroupCommit<Asked, Order>(
    (requests) => this.transactions.run((tx) => this.placeAll(requests, tx)),
    { concurrency: 1 },
  );

  constructor(
    private readonly transactions: Transactions,
    private readonly askPrices: AskPrices,
    private readonly outcomes: OrderOutcomes,
    private readonly config: OrderConfig,
  ) {}

  /**
   * Placing the same id again answers the order that was placed first.
   *
   * @throws RpcException a 422 refusal for what cannot be ordered, 503 when a price cannot be found out now
   * @throws OutboxFull, CommitOutcomeUnknown
   */
  async place(request: PlaceOrder): Promise<Order> {
    this.transactions.assertRoom();
    const asked: Asked = { request, traceparent: currentTrace()?.traceparent };
    try {
      return await this.group.run(asked);
    } catch (error) {
      if (!(error instanceof UnknownProducts)) throw error;
      await this.learn(error.skus);
    }
    try {
      return await this.group.run(asked);
    } catch (error) {
      if (!(error instanceof UnknownProducts)) throw error;
      throw refuse(422, `There is no product ${error.skus.join(', ')}.`, {
        errors: request.lines.flatMap(({ sku }, index) =>
          error.skus.includes(sku) ? [{ path: `lines.${index}.sku`, message: 'is not a product of this shop' }] : [],
        ),
      });
    }
  }

  private async learn(skus: string[]): Promise<void> {
    try {
      await this.askPrices.ask(skus);
    } catch (error) {
      if (!(error instanceof ServiceUnreachable) && !(error instanceof NoAnswer)) throw error;
      throw refuse(503, `The price of ${skus.join(', ')} cannot be found out now; nothing was placed. Try again soon.`);
    }
  }

  private async placeAll(asked: Asked[], tx: Transaction): Promise<(Order | Error)[]> {
    const skus = asked.flatMap(({ request }) => request.lines.map(({ sku }) => sku));
    const prices = await readPrices(tx, [...new Set(skus)]);
    const now = new Date();
    const outcomes = asked.map(({ request }) => {
      try {
        return priceOrder(request, prices, now);
      } catch (error) {
        return error as Error;
      }
    });
    const orders = outcomes.filter((outcome): outcome is Order => outcome instanceof Order);
    if (orders.length === 0) return outcomes;
    const inserted = await insertOrders(tx, orders, this.config.orderDeadlineSeconds);
    const repeated = orders.filter(({ id }) => !inserted.has(id)).map(({ id }) => id);
    const traces = new Map(asked.map(({ request, traceparent }) => [request.orderId, traceparent]));
    const stated = new Set<string>();
    for (const order of orders) {
      // One id twice in one group was inserted once, and is stated once.
      if (!inserted.has(order.id) || stated.has(order.id)) continue;
      statePlaced(order, tx, traces.get(order.id));
      this.outcomes.count(order, tx);
      stated.add(order.id);
    }
    const known = repeated.length > 0 ? await findOrders(tx, repeated) : new Map<string, Order>();
    return outcomes.map((outcome) => (outcome instanceof Error ? outcome : (known.get(outcome.id) ?? outcome)));
  }
}
