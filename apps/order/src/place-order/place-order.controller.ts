import { orderRequests, type OrderView, PlaceOrder } from '@hookshop/contracts';
import { checkRequest, RequestController } from '@hookshop/messaging';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { viewOf } from '../order.js';
import { PlaceOrders } from './place-orders.js';

@RequestController()
export class PlaceOrderController {
  constructor(private readonly orders: PlaceOrders) {}

  @MessagePattern(orderRequests.place)
  async place(@Payload() body: unknown): Promise<OrderView> {
    return viewOf(await this.orders.place(checkRequest(PlaceOrder, body)));
  }
}
