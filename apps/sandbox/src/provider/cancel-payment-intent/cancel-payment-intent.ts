import { Body, Controller, Headers, Param, Post, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ProviderBehaviour } from '../behaviour/provider-behaviour.js';
import { intentEvent } from '../events/stripe-event.js';
import { TellMerchant } from '../events/tell-merchant.js';
import { type Answer, attemptOf, IdempotencyKeys } from '../idempotency/idempotency-keys.js';
import { lockPaymentIntent } from '../lock-payment-intent.js';
import { newId } from '../new-id.js';
import { type PaymentIntent, UnexpectedState } from '../payment-intent.js';
import { AnswerStripeRefusals, done, refused, send } from '../stripe/answer.js';
import { type Form, oneOf, refuseUnknown } from '../stripe/form.js';
import { requestIdOf } from '../stripe/speak-stripe.js';
import { noSuch } from '../stripe/stripe-error.js';
import { toStripeIntent } from '../stripe/stripe-objects.js';

const known = new Set(['cancellation_reason']);
const reasons = ['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'] as const;

@Controller('v1/payment_intents')
@UseFilters(AnswerStripeRefusals)
export class CancelPaymentIntent {
  constructor(
    private readonly keys: IdempotencyKeys,
    private readonly behaviour: ProviderBehaviour,
    private readonly merchant: TellMerchant,
  ) {}

  @Post(':id/cancel')
  async cancel(
    @Param('id') id: string,
    @Body() body: Form | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = body ?? {};
    refuseUnknown(form, known);
    const reason = oneOf(form, 'cancellation_reason', reasons) ?? null;
    const attempt = attemptOf(`POST /v1/payment_intents/${id}/cancel`, form, key, requestIdOf(reply));

    const answer = await this.keys.alone(attempt, async () => {
      const { telling } = await this.behaviour.meet('cancellation');
      const eventId = newId('evt');
      const given = await this.keys.answerOnce(attempt, async (tx) => {
        const intent = await lockPaymentIntent(id, tx);
        if (intent === null) throw noSuch('payment_intent', id, 'intent');
        const now = new Date();
        const refusal = cancel(intent, reason, now);
        if (refusal !== null) return refusal;
        await tx.manager.save(intent);
        await this.merchant.owe(intentEvent(eventId, intent, attempt, now), telling, tx);
        return done(toStripeIntent(intent));
      });
      await this.merchant.told(eventId, telling);
      return given;
    });
    send(reply, attempt, answer);
  }
}

/** Why it cannot be, or null. */
function cancel(intent: PaymentIntent, reason: string | null, now: Date): Answer | null {
  try {
    intent.cancel(reason, now);
    return null;
  } catch (error) {
    if (!(error instanceof UnexpectedState)) throw error;
    return refused(400, {
      type: 'invalid_request_error',
      code: 'payment_intent_unexpected_state',
      message: `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing.`,
      payment_intent: toStripeIntent(intent),
    });
  }
}
