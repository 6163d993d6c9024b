import { orderRequests, type OrderView, type PlaceOrderBody } from '@hookshop/contracts';
import { Problem } from '@hookshop/http';
import { RequestRefused, Requests } from '@hookshop/messaging';
import { currentTrace } from '@hookshop/observability';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { isOutcomeUnknown } from '../../problem-of.js';
import type { IdempotentRequest } from './idempotent-request.js';
import { IdempotentRequests } from './idempotent-requests.js';
import { requestHash } from './request-hash.js';

export interface PlacedOrder {
  orderId: string;
  /** The order as JSON text. */
  answer: string;
  replayed: boolean;
}

/** Places an order once, however often it is asked to under the same key. */
@Injectable()
export class PlaceOrder {
  constructor(
    private readonly requests: Requests,
    private readonly idempotent: IdempotentRequests,
  ) {}

  async place(body: PlaceOrderBody, apiKeyId: string, key: string | undefined): Promise<PlacedOrder> {
    const orderId = uuidv7();
    if (key === undefined) return this.ask(body, orderId, '');

    const request = { apiKeyId, key, hash: requestHash(body), orderId, holder: orderId };
    const decision = await this.idempotent.begin(request);
    switch (decision.do) {
      case 'place':
        return this.placeBegun(body, { ...request, orderId: decision.orderId });
      case 'replay':
        return { orderId: decision.orderId, answer: decision.answer, replayed: true };
      case 'refuse':
        throw new Problem(422, 'This Idempotency-Key was used for another body. Use a new key for a new order.');
      case 'wait':
        throw new Problem(409, 'A request with this Idempotency-Key is still running. Try again shortly.', {
          headers: { 'Retry-After': String(decision.seconds) },
        });
    }
  }

  private async placeBegun(body: PlaceOrderBody, request: IdempotentRequest): Promise<PlacedOrder> {
    try {
      const placed = await this.ask(
        body,
        request.orderId,
        ', or send the request again with the same Idempotency-Key: it never places a second order',
      );
      await this.idempotent.finish(request, { kind: 'placed', answer: placed.answer });
      return placed;
    } catch (error) {
      await this.idempotent.finish(request, { kind: isRefusedForGood(error) ? 'refused' : 'open' });
      throw error;
    }
  }

  private async ask(body: PlaceOrderBody, orderId: string, orRetry: string): Promise<PlacedOrder> {
    const trace = currentTrace();
    if (trace !== undefined) trace.correlationId = orderId;
    try {
      const order = await this.requests.ask<OrderView>(orderRequests.place, { ...body, orderId });
      return { orderId, answer: JSON.stringify(order), replayed: false };
    } catch (error) {
      if (!isOutcomeUnknown(error)) throw error;
      const detail = `The order may be placed or not: there was no answer in time. Look at GET /v1/orders/${orderId}`;
      throw new Problem(504, `${detail}${orRetry}.`);
    }
  }
}

/** The order service decided not to place it; anything else leaves open what happened. */
const isRefusedForGood = (error: unknown): boolean =>
  error instanceof RequestRefused && error.refusal.status >= 400 && error.refusal.status < 500;
