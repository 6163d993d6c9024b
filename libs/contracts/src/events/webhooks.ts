import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { IsId, IsOneOf, IsText, IsTime, IsWhole } from '../contract/field-decorators.js';
import { EventContract } from '../contract/event-contract.js';

const bodyEncodings = ['utf8', 'base64'] as const;

export const disabledReasons = ['manual', 'gone', 'failing'] as const;

/** What every operational fact tells: only this partner may receive it, and never the endpoint it is about. */
class EndpointFact {
  @IsId() readonly endpointId: string;
  @IsText(63) readonly partnerId: string;
}

@EventContract('endpoint.disabled', 1, {
  description: 'An endpoint is sent nothing more: by hand, since it said it is gone, or after five days of failures.',
  audience: 'owner',
})
export class EndpointDisabled extends EndpointFact {
  @IsOneOf(disabledReasons) readonly reason: (typeof disabledReasons)[number];
  @IsTime() readonly disabledAt: string;
}

@EventContract('endpoint.circuit-opened', 1, {
  description: 'An endpoint failed again and again; its deliveries wait until a probe succeeds.',
  audience: 'owner',
})
export class EndpointCircuitOpened extends EndpointFact {
  @IsTime() readonly openedAt: string;
  /** Attempts of the last five minutes, and how many of them found nobody to take them. */
  @IsWhole(1) readonly attempts: number;
  @IsWhole(1) readonly failed: number;
  @IsTime() readonly probeAt: string;
}

@EventContract('delivery.exhausted', 1, {
  description: 'Every attempt at a delivery failed; it is kept and can be replayed.',
  audience: 'owner',
})
export class DeliveryExhausted extends EndpointFact {
  @IsId() readonly deliveryId: string;
  /** Id of the fact that was not delivered. */
  @IsId() readonly webhookId: string;
  /** `order.placed.v1` */
  @IsText(128) readonly type: string;
  @IsOptional() @IsId() readonly orderId?: string;
  @IsWhole(1) readonly attempts: number;
  /** HTTP status of the last attempt, when there was a response. */
  @IsOptional() @IsWhole(100, 999) readonly lastStatus?: number;
  @IsOptional() @IsText(1_000) readonly lastError?: string;
  @IsTime() readonly exhaustedAt: string;
}

@EventContract('webhook.received', 1, {
  description: 'A third party sent a webhook, and its signature is genuine. What it means, its reader knows.',
  // Raw messages of payment providers and the like: nobody outside the shop needs them.
  audience: 'internal',
})
export class WebhookReceived {
  /** What GET /v1/inbound-webhooks/:id shows. */
  @IsId() readonly receiptId: string;
  /** `stripe`, as in /hooks/stripe. */
  @IsText(63) readonly source: string;
  /** The sender's id of the message, the same over all its attempts. */
  @IsText(255) readonly webhookId: string;
  /** The body as it came: as text where text carries it exactly, base64 otherwise. See `bytesOfWebhook`. */
  @IsString() readonly body: string;
  @IsOneOf(bodyEncodings) readonly encoding: (typeof bodyEncodings)[number];
  /** The same signed body came before, under another id. The scheme of the source signs neither id nor time. */
  @IsBoolean() readonly replaySuspected: boolean;
  @IsTime() readonly receivedAt: string;
}

/** The very bytes that were signed. */
export const bytesOfWebhook = ({ body, encoding }: Pick<WebhookReceived, 'body' | 'encoding'>): Buffer =>
  Buffer.from(body, encoding);
