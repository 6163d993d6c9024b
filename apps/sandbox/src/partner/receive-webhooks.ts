import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '@hookshop/http';
import { Logger, Metrics } from '@hookshop/observability';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { misbehave } from './behaviour/misbehave.js';
import { PartnerBehaviour } from './behaviour/partner-behaviour.js';
import { readMessage } from './read-message.js';
import { PartnerRegistration } from './registration/partner-registration.js';
import { TrustedSecrets } from './registration/trusted-secrets.js';
import { StoreReceipts } from './store-receipts.js';

/** Of the connection, or nothing to anybody who reads what a partner was told. */
const unremarkable = new Set(['host', 'connection', 'content-length', 'accept-encoding', 'transfer-encoding']);

/** Believes nothing that is not signed, and says so only once it is stored. */
@Injectable()
export class ReceiveWebhooks {
  private readonly outcomes;

  constructor(
    private readonly behaviour: PartnerBehaviour,
    private readonly secrets: TrustedSecrets,
    private readonly registration: PartnerRegistration,
    private readonly receipts: StoreReceipts,
    private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.outcomes = metrics.counter({
      name: 'partner_webhooks_total',
      help: 'Webhooks the partner was sent, by what it made of them',
      labelNames: ['outcome'],
    });
  }

  async receive(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const misbehaviour = this.behaviour.meet();
    if (misbehaviour !== null) {
      this.outcomes.inc({ outcome: 'suffered' });
      return misbehave(misbehaviour, reply);
    }
    const headers = textsOf(request.headers);
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    await this.verify(bytes, headers);

    const body = bytes.toString();
    const message = readMessage(body);
    if (message === undefined) {
      throw this.refuse(400, 'The body is neither { type, timestamp, data } nor a structured CloudEvent.');
    }
    const { type, orderId } = message;
    await this.receipts.store({ webhookId: headers['webhook-id']!, type, orderId, headers, body });
    this.outcomes.inc({ outcome: 'received' });
    return reply.code(204).send();
  }

  private async verify(bytes: Buffer, headers: Record<string, string>): Promise<void> {
    // The library verifies text, in which all broken characters look the same.
    const readable = isUtf8(bytes);
    const isOurs = (): boolean => readable && this.secrets.verify(bytes, headers);
    if (isOurs()) return;
    // The secret may be a new one.
    if (readable) await this.registration.renew();
    if (isOurs()) return;
    if (!this.secrets.areKnown) throw this.refuse(503, 'The partner has not registered at the gateway yet.');
    throw this.refuse(401, 'The signature is missing, too old, or of another body.');
  }

  private refuse(status: number, reason: string): Problem {
    this.outcomes.inc({ outcome: 'refused' });
    this.log.warn({ status, reason }, 'A webhook was refused');
    return new Problem(status, reason, status === 503 ? { headers: { 'Retry-After': '1' } } : {});
  }
}

function textsOf(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((header): header is [string, string] => {
      const [name, value] = header;
      return typeof value === 'string' && !unremarkable.has(name);
    }),
  );
}
