import { IsOptional } from 'class-validator';
import { IsId, IsOneOf, IsText, IsTime, IsWhole } from '../contract/field-decorators.js';
import { EventContract } from '../contract/event-contract.js';

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
