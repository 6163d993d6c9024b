import { ListOrders, orderRequests, PlaceOrderBody, type OrderView, type Page } from '@hookshop/contracts';
import { Requests } from '@hookshop/messaging';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CalledBy, For, type Caller } from '../authentication/caller.js';
import { IdOf } from '../id-of.js';
import { knowing } from '../problem-of.js';
import { IdempotencyKey } from './place-order/idempotency-key.js';
import { PlaceOrder } from './place-order/place-order.js';

@Controller('v1/orders')
export class OrdersController {
  constructor(
    private readonly requests: Requests,
    private readonly placeOrder: PlaceOrder,
  ) {}

  @Post()
  @For('shop')
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
  list(@Query() query: ListOrders): Promise<Page<OrderView>> {
    return this.requests.ask(orderRequests.list, query);
  }

  @Get(':id')
  @For('shop')
  show(@Param('id', new IdOf('order')) id: string): Promise<OrderView> {
    return this.requests.ask(orderRequests.show, { id });
  }

  @Post(':id/cancel')
  @For('shop')
  @HttpCode(202)
  cancel(@Param('id', new IdOf('order')) id: string): Promise<OrderView> {
    return this.requests
      .ask<OrderView>(orderRequests.cancel, { id })
      .catch(knowing(`Look at GET /v1/orders/${id}, or cancel again: cancelling twice does no harm.`));
  }
}
