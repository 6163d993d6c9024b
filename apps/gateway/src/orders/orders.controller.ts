import { ListOrders, orderRequests, PlaceOrderBody, type OrderView, type Page } from '@hookshop/contracts';
import { Requests } from '@hookshop/messaging';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CalledBy, For, type Caller } from '../authentication/caller.js';
import { IdOf } from '../id-of.js';
import { knowing } from '../problem-of.js';
import { IdempotencyKey } from './place-order/idempotency-key.js';
import { PlaceOrder } from './place-order/place-order.js';
import { Documented } from '../documentation/documented.js';

@Controller('v1/orders')
export class OrdersController {
  constructor(
    private readonly requests: Requests,
    private readonly placeOrder: PlaceOrder,
  ) {}

  @Post()
  @For('shop')
  @Documented({
    summary: 'Place an order',
    description:
      'With an `Idempotency-Key` the order is placed once, however often the request is sent: a replay answers the ' +
      'same 201, marked `Idempotent-Replayed: true`. Keys are kept for 24 hours.',
    status: 201,
    answer: 'Order',
    body: PlaceOrderBody,
    headers: [{ name: 'Idempotency-Key', description: '1 to 255 printable ASCII characters.' }],
    refusals: [409, 422, 504],
  })
  async place(
    @Body() body: PlaceOrderBody,
    @IdempotencyKey() key: string | undefined,
    @CalledBy() { keyId }: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { orderId, answer, replayed } = await this.placeOrder.place(body, keyId, key);
    if (replayed) reply.header('Idempotent-Replayed', 'true');
    // As text: a replay is the same answer, byte by byte.
    reply
      .code(201)
      .header('Location', `/v1/orders/${orderId}`)
      .type('application/json; charset=utf-8')
      .serializer(String)
      .send(answer);
  }

  @Get()
  @For('shop')
  @Documented({ summary: 'List orders, newest first', answer: { pageOf: 'Order' }, query: ListOrders })
  list(@Query() query: ListOrders): Promise<Page<OrderView>> {
    return this.requests.ask(orderRequests.list, query);
  }

  @Get(':id')
  @For('shop')
  @Documented({ summary: 'Show an order', answer: 'Order', refusals: [404] })
  show(@Param('id', new IdOf('order')) id: string): Promise<OrderView> {
    return this.requests.ask(orderRequests.show, { id });
  }

  @Post(':id/cancel')
  @For('shop')
  @HttpCode(202)
  @Documented({
    summary: 'Cancel an order that is not shipped yet',
    status: 202,
    answer: 'Order',
    refusals: [404, 409, 504],
  })
  cancel(@Param('id', new IdOf('order')) id: string): Promise<OrderView> {
    return this.requests
      .ask<OrderView>(orderRequests.cancel, { id })
      .catch(knowing(`Look at GET /v1/orders/${id}, or cancel again: cancelling twice does no harm.`));
  }
}
