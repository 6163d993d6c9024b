import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CalledBy, For, type Caller } from '../../authentication/caller.js';
import { Documented } from '../../documentation/documented.js';
import { IdOf } from '../../id-of.js';
import { TenantQuery } from '../endpoints/endpoint-bodies.js';
import { tenantOf } from '../endpoints/tenant.js';
import { PollQuery, ReplayBody } from './delivery-queries.js';
import { PollDeliveries, type PolledEvent, type PolledEvents } from './poll-deliveries.js';
import { ReplayDeliveries } from './replay-deliveries.js';

const endpointId = new IdOf('webhook endpoint');

/** What an endpoint missed, sent again or fetched by its owner. */
@Controller('v1/webhook-endpoints')
export class RecoveryController {
  constructor(
    private readonly replays: ReplayDeliveries,
    private readonly polling: PollDeliveries,
  ) {}

  @Post(':id/replay')
  @For('partner')
  @Documented({
    summary: 'Send again what an endpoint was owed since a time',
    description: 'Without `status` everything that was not delivered, also what it missed. `dryRun` answers 200.',
    status: 202,
    answer: 'Matched',
    body: ReplayBody,
    query: TenantQuery,
    refusals: [404, 409, 422],
  })
  async replay(
    @CalledBy() caller: Caller,
    @Param('id', endpointId) id: string,
    @Query() { partnerId }: TenantQuery,
    @Body() body: ReplayBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ matched: number }> {
    const matched = await this.replays.replay(tenantOf(caller, partnerId), id, body);
    void reply.code(body.dryRun ? 200 : 202);
    return matched;
  }

  @Get(':id/poll')
  @For('partner')
  @Documented({
    summary: 'Read what an endpoint is owed, oldest first, instead of being called',
    answer: 'PolledEvents',
    query: PollQuery,
    refusals: [404],
  })
  poll(
    @CalledBy() caller: Caller,
    @Param('id', endpointId) id: string,
    @Query() query: PollQuery,
  ): Promise<PolledEvents> {
    return this.polling.poll(tenantOf(caller, query.partnerId), id, query);
  }

  @Get(':id/messages/:webhookId')
  @For('partner')
  @Documented({
    summary: 'Show one event in full: what a thin payload leaves out',
    answer: 'PolledEvent',
    query: TenantQuery,
    refusals: [404],
  })
  message(
    @CalledBy() caller: Caller,
    @Param('id', endpointId) id: string,
    @Param('webhookId', new IdOf('event')) webhookId: string,
    @Query() { partnerId }: TenantQuery,
  ): Promise<PolledEvent> {
    return this.polling.show(tenantOf(caller, partnerId), id, webhookId);
  }
}
