import { Problem } from '@hookshop/http';
import { Logger } from '@hookshop/observability';
import { Database, GroupCommit } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { GatewayConfig } from '../../gateway.config.js';
import type { ArrivedWebhook } from '../receiving/arrived-webhook.js';
import { FailureLimits } from './failure-limits.js';
import { insertRejections, type Rejection } from './insert-rejections.js';

/** Of all addresses together, in a minute: strangers do not get to fill the table. */
const MOST_RECORDED = 600;

/** Refuses what nobody we know has signed. The reason goes into the log and the receipts, never to the sender. */
@Injectable()
export class Rejections {
  private readonly ofAddress: FailureLimits;
  private readonly recorded = new FailureLimits(MOST_RECORDED);
  private readonly group = new GroupCommit<Rejection, undefined>(async (rejections) => {
    await insertRejections(this.database, rejections);
    return rejections.map(() => undefined);
  });

  constructor(
    private readonly database: Database,
    private readonly log: Logger,
    { inboundFailuresPerMinute }: GatewayConfig,
  ) {
    this.ofAddress = new FailureLimits(inboundFailuresPerMinute);
  }

  /** Records it and gives the answer: the same to everybody, until an address has failed too often. */
  async reject(webhook: ArrivedWebhook, reason: string): Promise<Problem> {
    const { source, address } = webhook;
    if (!this.ofAddress.admit(`${source.name} ${address}`)) {
      const headers = { 'Retry-After': String(this.ofAddress.secondsLeft) };
      return new Problem(429, 'Too many webhooks from this address failed.', { headers });
    }
    this.log.warn({ source: source.name, address, reason }, 'A webhook was rejected');
    if (this.recorded.admit(source.name)) {
      // It is refused all the same when it cannot be recorded.
      await this.group
        .run({ ...webhook, id: uuidv7(), reason })
        .catch((err: unknown) => this.log.warn({ err }, 'A rejected webhook could not be recorded'));
    }
    return new Problem(401, 'The webhook could not be verified.');
  }
}
