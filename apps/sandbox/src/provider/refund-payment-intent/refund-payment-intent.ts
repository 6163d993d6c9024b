import type { DatabaseTransaction } from '@hookshop/persistence';
import { Body, Controller, Headers, Post, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ProviderBehaviour } from '../behaviour/provider-behaviour.js';
import { refundEvent } from '../events/stripe-event.js';
import { TellMerchant } from '../events/tell-merchant.js';
import { type Answer, attemptOf, IdempotencyKeys } from '../idempotency/idempotency-keys.js';
import { lockPaymentIntent } from '../lock-payment-intent.js';
import { newId } from '../new-id.js';
import { NothingToRefund, PaymentIntent, RefundTooLarge } from '../payment-intent.js';
import { Refund } from '../refund.js';
import { AnswerStripeRefusals, done, refused, send } from '../stripe/answer.js';
import { type Form, metadata, oneOf, refuseUnknown, requiredText, whole } from '../stripe/form.js';
import { requestIdOf } from '../stripe/speak-stripe.js';
import { noSuch, type StripeError } from '../stripe/stripe-error.js';
import { toStripeRefund } from '../stripe/stripe-objects.js';

const known = new Set(['amount', 'metadata', 'payment_intent', 'reason']);
const reasons = ['duplicate', 'fraudulent', 'requested_by_customer'] as const;

interface Wish {
  paymentIntentId: string;
  /** Without it, all that is left. */
  amountInCents: number | undefined;
  reason: string | null;
  metadata: Record<string, string>;
}

/** Gives money back, never more than was taken: the intent stays locked until its new balance is committed. */
@Controller('v1/refunds')
@UseFilters(AnswerStripeRefusals)
export class RefundPaymentIntent {
  constructor(
    private readonly keys: IdempotencyKeys,
    private readonly behaviour: ProviderBehaviour,
    private readonly merchant: TellMerchant,
  ) {}

  @Post()
  async refund(
    @Body() body: Form | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = body ?? {};
    const wish = readWish(form);
    const attempt = attemptOf('POST /v1/refunds', form, key, requestIdOf(reply));

    const answer = await this.keys.alone(attempt, async () => {
      const { fails, telling } = await this.behaviour.meet('refund');
      const eventId = newId('evt');
      const given = await this.keys.answerOnce(attempt, async (tx) => {
        const outcome = await refund(wish, attempt.key, fails, tx);
        if (!('refund' in outcome)) return outcome;
        const { intent, refund: booked } = outcome;
        await this.merchant.owe(refundEvent(eventId, booked, intent, attempt, booked.createdAt), telling, tx);
        return done(toStripeRefund(booked));
      });
      await this.merchant.told(eventId, telling);
      return given;
    });
    send(reply, attempt, answer);
  }
}

function readWish(form: Form): Wish {
  refuseUnknown(form, known);
  return {
    paymentIntentId: requiredText(form, 'payment_intent'),
    amountInCents: whole(form, 'amount', 1, Number.MAX_SAFE_INTEGER),
    reason: oneOf(form, 'reason', reasons) ?? null,
    metadata: metadata(form),
  };
}

/** Books it, or answers why it cannot be. */
async function refund(
  wish: Wish,
  idempotencyKey: string | null,
  fails: boolean,
  tx: DatabaseTransaction,
): Promise<{ refund: Refund; intent: PaymentIntent } | Answer> {
  const intent = await lockPaymentIntent(wish.paymentIntentId, tx);
  if (intent === null) throw noSuch('payment_intent', wish.paymentIntentId.slice(0, 100), 'payment_intent');

  const amountInCents = wish.amountInCents ?? intent.refundableInCents;
  try {
    if (fails) intent.checkRefundable(amountInCents);
    else intent.refund(amountInCents);
  } catch (error) {
    if (error instanceof NothingToRefund) return refused(400, nothingToRefund(intent));
    if (error instanceof RefundTooLarge) return refused(400, tooLarge(error));
    throw error;
  }
  const given = tx.manager.create(Refund, {
    id: newId('re'),
    paymentIntentId: intent.id,
    orderId: intent.orderId,
    amountInCents,
    currency: intent.currency,
    status: fails ? 'failed' : 'succeeded',
    reason: wish.reason,
    metadata: wish.metadata,
    idempotencyKey,
    createdAt: new Date(),
  });
  await tx.manager.insert(Refund, given);
  if (!fails) await tx.manager.update(PaymentIntent, intent.id, { refundedInCents: intent.refundedInCents });
  return { refund: given, intent };
}

const nothingToRefund = (intent: PaymentIntent): StripeError =>
  intent.capturedInCents > 0
    ? {
        type: 'invalid_request_error',
        code: 'charge_already_refunded',
        message: `Charge ${intent.chargeId} has already been refunded.`,
      }
    : {
        type: 'invalid_request_error',
        param: 'payment_intent',
        message: `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
      };

const tooLarge = ({ intent, amountInCents }: RefundTooLarge): StripeError => ({
  type: 'invalid_request_error',
  param: 'amount',
  message: `Refund amount (${dollars(amountInCents)}) is greater than unrefunded amount on charge (${dollars(intent.refundableInCents)})`,
});

const dollars = (cents: number): string => `$${(cents / 100).toFixed(2)}`;
