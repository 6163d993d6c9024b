import type { Page } from '@hookshop/contracts';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CalledBy, For, type Caller } from '../../authentication/caller.js';
import { Documented } from '../../documentation/documented.js';
import { IdOf } from '../../id-of.js';
import { TenantQuery } from '../endpoints/endpoint-bodies.js';
import { tenantOf } from '../endpoints/tenant.js';
import { Deliveries, type WholeDeliveryView } from './deliveries.js';
import { ListDeliveriesQuery } from './delivery-queries.js';
import type { DeliveryView } from './delivery-view.js';
import { RetryDelivery } from './retry-delivery.js';

const deliveryId = new IdOf('webhook delivery');

@Controller('v1/webhook-deliveries')
export class DeliveriesController {
  constructor(
    private readonly deliveries: Deliveries,
    private readonly retries: RetryDelivery,
  ) {}

  @Get()
  @For('partner')
  @Documented({
    summary: 'List webhook deliveries, newest first',
    answer: { pageOf: 'WebhookDelivery' },
    query: ListDeliveriesQuery,
  })
  list(@CalledBy() caller: Caller, @Query() query: ListDeliveriesQuery): Promise<Page<DeliveryView>> {
    return this.deliveries.list(tenantOf(caller, query.partnerId), query, query);
  }

  @Get(':id')
  @For('partner')
  @Documented({
    summary: 'Show a webhook delivery with every attempt',
    answer: 'WholeWebhookDelivery',
    query: TenantQuery,
    refusals: [404],
  })
  show(
    @CalledBy() caller: Caller,
    @Param('id', deliveryId) id: string,
    @Query() { partnerId }: TenantQuery,
  ): Promise<WholeDeliveryView> {
    return this.deliveries.show(tenantOf(caller, partnerId), id);
  }

  @Post(':id/retry')
  @For('partner')
  @HttpCode(202)
  @Documented({
    summary: 'Send a webhook delivery again, now',
    status: 202,
    answer: 'WholeWebhookDelivery',
    query: TenantQuery,
    refusals: [404, 409],
  })
  retry(
    @CalledBy() caller: Caller,
    @Param('id', deliveryId) id: string,
    @Query() { partnerId }: TenantQuery,
  ): Promise<WholeDeliveryView> {
    return this.retries.retry(tenantOf(caller, partnerId), id);
  }
}
