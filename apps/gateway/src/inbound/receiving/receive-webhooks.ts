import { Problem } from '@hookshop/http';
import { Metrics } from '@hookshop/observability';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Rejections } from '../rejections/rejections.js';
import type { InboundSource } from '../sources/inbound-source.js';
import { InboundSources } from '../sources/inbound-sources.js';
import { keptHeaders } from './kept-headers.js';
import { TakeWebhooks } from './take-webhooks.js';

/** Senders have a dozen or two. */
const MOST_HEADERS = 100;
const NOTHING = Buffer.alloc(0);

/** The door for third parties: their signature is what lets them in. */
@Injectable()
export class ReceiveWebhooks {
  private readonly outcomes;

  constructor(
    private readonly sources: InboundSources,
    private readonly webhooks: TakeWebhooks,
    private readonly rejections: Rejections,
    metrics: Metrics,
  ) {
    this.outcomes = metrics.counter({
      name: 'inbound_webhooks_total',
      help: 'Webhooks of third parties by what became of them (received, duplicate, rejected, limited)',
      labelNames: ['source', 'outcome'],
    });
  }

  /** Before the body is read: strangers do not get to send us megabytes. */
  refuseUnread(request: FastifyRequest): Problem | undefined {
    if (this.sourceOf(request) === undefined) return new Problem(404, 'There is no such source of webhooks.');
    if (request.raw.rawHeaders.length > 2 * MOST_HEADERS) {
      return new Problem(431, `A webhook has at most ${MOST_HEADERS} headers.`);
    }
    return undefined;
  }

  /** @throws Problem 401 that tells nothing, 429 for an address that keeps failing */
  async receive(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const source = this.sourceOf(request)!;
    const body = Buffer.isBuffer(request.body) ? request.body : NOTHING;
    const { headersDistinct } = request.raw;
    const verification = source.scheme.verify({ headers: headersDistinct, body }, { now: Date.now() / 1000 });
    const arrived = { source, headers: keptHeaders(headersDistinct), body, address: request.ip };
    if (!verification.ok) {
      const refusal = await this.rejections.reject(arrived, verification.reason);
      this.outcomes.inc({ source: source.name, outcome: refusal.getStatus() === 429 ? 'limited' : 'rejected' });
      throw refusal;
    }
    const { id, status } = await this.webhooks.take({ ...arrived, webhookId: verification.id });
    this.outcomes.inc({ source: source.name, outcome: status });
    return reply.code(status === 'received' ? 202 : 200).send({ id, status });
  }

  private sourceOf({ params }: FastifyRequest): InboundSource | undefined {
    return this.sources.find((params as { source: string }).source);
  }
}
