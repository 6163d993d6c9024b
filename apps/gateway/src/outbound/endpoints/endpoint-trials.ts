import { exampleOf, findContract } from '@hookshop/contracts';
import { Problem } from '@hookshop/http';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { GatewayConfig } from '../../gateway.config.js';
import { attemptView, type AttemptView } from '../deliveries/attempt-view.js';
import { bodyOf } from '../fan-out/bodies.js';
import { Sealing } from '../sealing/sealing.js';
import type { AttemptOutcome, AttemptRequest } from '../sending/attempt.js';
import { EndpointConnection } from '../sending/endpoint-connection.js';
import { firstTypeOf, isSubscribable } from '../subscriptions/subscribable-types.js';
import { EndpointStates } from './endpoint-states.js';
import { Endpoints } from './endpoints.js';
import { outgoingRequest, USER_AGENT } from './outgoing-request.js';
import type { EndpointView } from './select-endpoints.js';
import { loadTargets, type Target } from './target.js';
import type { Tenant } from './tenant.js';

/** Whom the challenge of the CloudEvents webhook specification says that it comes from. */
const ORIGIN = 'hookshop';

/** Requests that an endpoint's owner asks for, to see whether it works. None of them is a delivery. */
@Injectable()
export class EndpointTrials {
  private readonly underWay = new Set<string>();

  constructor(
    private readonly endpoints: Endpoints,
    private readonly states: EndpointStates,
    private readonly database: Database,
    private readonly sealing: Sealing,
    private readonly config: GatewayConfig,
  ) {}

  /** Sends an example of an event type now, whatever the endpoint's state; answers what came of it. */
  async test(tenant: Tenant, id: string, wantedType: string | undefined): Promise<AttemptView> {
    const { eventTypes } = await this.endpoints.show(tenant, id);
    const type = wantedType ?? firstTypeOf(eventTypes);
    if (!isSubscribable(type)) {
      const errors = [{ path: 'type', message: `type ${type} is no event type; see GET /v1/event-types` }];
      throw new Problem(422, 'There is no such event type.', { errors });
    }
    const startedAt = new Date();
    const target = await this.target(id);
    const messageId = uuidv7();
    const message = { id: messageId, body: exampleBody(messageId, type, target, startedAt) };
    const outcome = await this.send(target, outgoingRequest(target, message, startedAt));
    return attemptView({ number: 1, startedAt, ...outcome, next: 'none', nextAttemptAt: null });
  }

  /** The endpoint must say that it wants webhooks of ours. */
  async verify(tenant: Tenant, id: string): Promise<EndpointView> {
    await this.endpoints.show(tenant, id);
    const target = await this.target(id);
    const outcome = await this.send(target, {
      method: 'OPTIONS',
      url: target.url,
      headers: { 'webhook-request-origin': ORIGIN, 'webhook-request-rate': '120', 'user-agent': USER_AGENT },
      timeoutMs: target.timeoutSeconds * 1_000,
    });
    const fault = faultOf(outcome);
    if (fault !== undefined) {
      const errors = [{ path: 'url', message: fault }];
      throw new Problem(422, `The endpoint did not answer the challenge: ${fault}.`, { errors });
    }
    return this.states.verified(tenant, id, target.url);
  }

  private async target(id: string): Promise<Target> {
    const target = (await loadTargets(this.database, this.sealing, [id])).get(id);
    if (target === undefined) throw new Problem(404, 'There is no such webhook endpoint.');
    return target;
  }

  private async send(target: Target, request: AttemptRequest): Promise<AttemptOutcome> {
    if (this.underWay.has(target.id)) {
      throw new Problem(409, 'A request to this endpoint is under way; ask again when it is answered.');
    }
    this.underWay.add(target.id);
    const { webhookAllowHttp: allowHttp, webhookAllowedPrivateHosts: allowedPrivateHosts } = this.config;
    const connection = new EndpointConnection(target.url, {
      policy: { allowHttp, allowedPrivateHosts },
      connections: 1,
    });
    try {
      return await connection.send(request);
    } finally {
      this.underWay.delete(target.id);
      void connection.close();
    }
  }
}

function exampleBody(id: string, type: string, { format, payload }: Target, now: Date): string {
  const { schema, aggregate } = findContract(type)!;
  return bodyOf(format, payload, {
    id,
    type,
    source: `/${aggregate}`,
    subject: uuidv7(),
    sequence: 1,
    time: now.toISOString(),
    orderId: null,
    data: exampleOf(schema),
  });
}

function faultOf({ outcome, error, responseHeaders }: AttemptOutcome): string | undefined {
  if (outcome === 'failed') return `OPTIONS failed: ${error!.message}`;
  const allowed = [responseHeaders['webhook-allowed-origin']].flat()[0];
  if (allowed === undefined) return 'the answer to OPTIONS has no WebHook-Allowed-Origin';
  if (allowed === '*' || allowed.toLowerCase() === ORIGIN) return undefined;
  return `WebHook-Allowed-Origin must be ${ORIGIN} or *`;
}
