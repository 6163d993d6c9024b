import { ListOrders, OrderId, orderRequests, type OrderView, type Page } from '@hookshop/contracts';
import { checkRequest, refuse, RequestController } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { viewOf } from '../order.js';
import { findOrders } from './find-orders.js';
import { listOrders } from './list-orders.js';

@RequestController()
export class ShowOrderController {
  constructor(private readonly database: Database) {}

  @MessagePattern(orderRequests.show)
  async show(@Payload() body: unknown): Promise<OrderView> {
    const { id } = checkRequest(OrderId, body);
    const order = (await findOrders(this.database, [id])).get(id);
    if (!order) throw refuse(404, `There is no order ${id}.`);
    return viewOf(order);
  }

  @MessagePattern(orderRequests.list)
  async list(@Payload() body: unknown): Promise<Page<OrderView>> {
    const query = checkRequest(ListOrders, body);
    const orders = await listOrders(this.database, query);
    const data = orders.slice(0, query.limit).map(viewOf);
    return { data, nextCursor: orders.length > query.limit ? data.at(-1)!.id : null };
  }
}
