import type { Page } from '@hookshop/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CalledBy, For, type Caller } from '../../authentication/caller.js';
import { Documented } from '../../documentation/documented.js';
import { IdOf } from '../../id-of.js';
import type { AttemptView } from '../deliveries/attempt-view.js';
import {
  ChangeEndpointBody,
  CreateEndpointBody,
  ListEndpointsQuery,
  RotateSecretBody,
  SendTestBody,
  TenantQuery,
} from './endpoint-bodies.js';
import { EndpointStates } from './endpoint-states.js';
import { EndpointTrials } from './endpoint-trials.js';
import { Endpoints } from './endpoints.js';
import type { EndpointView } from './select-endpoints.js';
import { ShowStats, type EndpointStats } from './show-stats.js';
import { onePartner, tenantOf } from './tenant.js';

const endpointId = new IdOf('webhook endpoint');
type NewEndpointView = EndpointView & { secret: string };

@Controller('v1/webhook-endpoints')
export class EndpointsController {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly states: EndpointStates,
    private readonly trials: EndpointTrials,
    private readonly stats: ShowStats,
  ) {}

  @Post()
  @For('partner')
  @Documented({
    summary: 'Register a webhook endpoint',
    status: 201,
    answer: 'NewWebhookEndpoint',
    body: CreateEndpointBody,
    query: TenantQuery,
    refusals: [409, 422],
  })
  async create(
    @CalledBy() caller: Caller,
    @Query() { partnerId }: TenantQuery,
    @Body() body: CreateEndpointBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewEndpointView> {
    const created = await this.endpoints.create(onePartner(tenantOf(caller, partnerId)), body);
    void reply.header('Location', `/v1/webhook-endpoints/${created.id}`);
    return created;
  }

  @Get()
  @For('partner')
  @Documented({
    summary: 'List webhook endpoints, newest first',
    answer: { pageOf: 'WebhookEndpoint' },
    query: ListEndpointsQuery,
  })
  list(@CalledBy() caller: Caller, @Query() query: ListEndpointsQuery): Promise<Page<EndpointView>> {
    return this.endpoints.list(tenantOf(caller, query.partnerId), query);
  }

  @Get(':id')
  @For('partner')
  @Documented({ summary: 'Show a webhook endpoint', answer: 'WebhookEndpoint', query: TenantQuery, refusals: [404] })
  show(@CalledBy() caller: Caller, @Param('id', endpointId) id: string, @Query() query: TenantQuery) {
    return this.endpoints.show(tenantOf(caller, query.partnerId), id);
  }

  @Patch(':id')
  @For('partner')
  @Documented({
    summary: 'Change a webhook endpoint',
    answer: 'WebhookEndpoint',
    body: ChangeEndpointBody,
    query: TenantQuery,
    refusals: [404, 422],
  })
  change(
    @CalledBy() caller: Caller,
    @Param('id', endpointId) id: string,
    @Query() { partnerId }: TenantQuery,
    @Body() body: ChangeEndpointBody,
  ): Promise<EndpointView> {
    return this.endpoints.change(tenantOf(caller, partnerId), id, body);
  }

  @Delete(':id')
  @For('partner')
  @HttpCode(204)
  @Documented({
    summary: 'Delete a webhook endpoint; what it is owed is cancelled',
    status: 204,
    query: TenantQuery,
    refusals: [404],
  })
  remove(@CalledBy() caller: Caller, @Param('id', endpointId) id: string, @Query() query: TenantQuery): Promise<void> {
    return this.states.remove(tenantOf(caller, query.partnerId), id);
  }

  @Get(':id/secret')
  @For('partner')
  @Documented({
    summary: 'Show the secret that signs for a webhook endpoint',
    answer: 'WebhookSecret',
    query: TenantQuery,
    refusals: [404],
  })
  secret(@CalledBy() caller: Caller, @Param('id', endpointId) id: string, @Query() query: TenantQuery) {
    return this.endpoints.secret(tenantOf(caller, query.partnerId), id);
  }

  @Post(':id/rotate-secret')
  @For('partner')
  @HttpCode(200)
  @Documented({
    summary: 'Sign with a new secret; the former one signs beside it for a while',
    answer: 'NewWebhookEndpoint',
    body: RotateSecretBody,
    query: TenantQuery,
    refusals: [404, 422],
  })
  rotate(
    @CalledBy() caller: Caller,
    @Param('id', endpointId) id: string,
    @Query() { partnerId }: TenantQuery,
    @Body() body: RotateSecretBody,
  ): Promise<NewEndpointView> {
    return this.endpoints.rotate(tenantOf(caller, partnerId), id, body);
  }

  @Post(':id/test')
  @For('partner')
  @HttpCode(200)
  @Documented({
    summary: 'Send an example now and show the attempt, whatever its outcome',
    answer: 'WebhookAttempt',
    body: SendTestBody,
    query: TenantQuery,
    refusals: [404, 409, 422],
  })
  test(
    @CalledBy() caller: Caller,
    @Param('id', endpointId) id: string,
    @Query() { partnerId }: TenantQuery,
    @Body() { type }: SendTestBody,
  ): Promise<AttemptView> {
    return this.trials.test(tenantOf(caller, partnerId), id, type);
  }

  @Post(':id/verify')
  @For('partner')
  @HttpCode(200)
  @Documented({
    summary: 'Ask the endpoint whether it wants our webhooks (CloudEvents handshake)',
    answer: 'WebhookEndpoint',
    query: TenantQuery,
    refusals: [404, 409, 422],
  })
  verify(@CalledBy() caller: Caller, @Param('id', endpointId) id: string, @Query() query: TenantQuery) {
    return this.trials.verify(tenantOf(caller, query.partnerId), id);
  }

  @Post(':id/enable')
  @For('partner')
  @HttpCode(200)
  @Documented({
    summary: 'Send to a webhook endpoint again, from now on',
    answer: 'WebhookEndpoint',
    query: TenantQuery,
    refusals: [404, 409],
  })
  enable(@CalledBy() caller: Caller, @Param('id', endpointId) id: string, @Query() query: TenantQuery) {
    return this.states.enable(tenantOf(caller, query.partnerId), id);
  }

  @Post(':id/disable')
  @For('partner')
  @HttpCode(200)
  @Documented({
    summary: 'Send nothing more to a webhook endpoint; what it is owed is held',
    answer: 'WebhookEndpoint',
    query: TenantQuery,
    refusals: [404],
  })
  disable(@CalledBy() caller: Caller, @Param('id', endpointId) id: string, @Query() query: TenantQuery) {
    return this.states.disable(tenantOf(caller, query.partnerId), id);
  }

  @Get(':id/stats')
  @For('partner')
  @Documented({
    summary: 'Show how a webhook endpoint fared in the last day',
    answer: 'WebhookStats',
    query: TenantQuery,
    refusals: [404],
  })
  showStats(
    @CalledBy() caller: Caller,
    @Param('id', endpointId) id: string,
    @Query() { partnerId }: TenantQuery,
  ): Promise<EndpointStats> {
    return this.stats.of(tenantOf(caller, partnerId), id);
  }
}
