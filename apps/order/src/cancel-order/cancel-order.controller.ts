import { OrderId, orderRequests, type OrderStatus, type OrderView } from '@hookshop/contracts';
import { checkRequest, refuse, RequestController, Transactions } from '@hookshop/messaging';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { lockOrders } from '../lock-orders.js';
import { transitions, viewOf } from '../order.js';
import { stateCancelled } from '../order-facts.js';
import { OrderOutcomes } from '../order-outcomes.js';
import { saveMoves } from '../save-moves.js';

/** Once the parcel has left, only the customer can bring the goods back. */
const insteadOfCancelling: Partial<Record<OrderStatus, string>> = {
  shipped: 'Refuse its parcel when it comes.',
  delivered: 'Send the goods back.',
};

@RequestController()
export class CancelOrderController {
  constructor(
    private readonly transactions: Transactions,
    private readonly outcomes: OrderOutcomes,
  ) {}

  /** Cancelling again answers the cancelled order and states nothing. */
  @MessagePattern(orderRequests.cancel)
  cancel(@Payload() body: unknown): Promise<OrderView> {
    const { id } = checkRequest(OrderId, body);
    return this.transactions.run(async (tx) => {
      const order = (await lockOrders(tx, [id])).get(id);
      if (!order) throw refuse(404, `There is no order ${id}.`);
      if (order.status === 'cancelled') return viewOf(order);
      if (!transitions[order.status].includes('cancelled')) {
        const instead = insteadOfCancelling[order.status];
        throw refuse(409, `The order is ${order.status} already and can no longer be cancelled. ${instead}`);
      }
      order.cancel('requested', new Date());
      await saveMoves(tx, [order]);
      stateCancelled(order, tx);
      this.outcomes.count(order, tx);
      return viewOf(order);
    });
  }
}
