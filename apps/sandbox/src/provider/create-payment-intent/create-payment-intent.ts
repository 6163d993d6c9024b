import { Database, GroupCommit } from '@hookshop/persistence';
import { Body, Controller, Headers, Post, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { neverAnswer } from '../../never-answer.js';
import { ProviderBehaviour } from '../behaviour/provider-behaviour.js';
import { intentEvent } from '../events/stripe-event.js';
import { TellMerchant } from '../events/tell-merchant.js';
import { type Answer, attemptOf, IdempotencyKeys } from '../idempotency/idempotency-keys.js';
import { newId } from '../new-id.js';
import { PaymentIntent } from '../payment-intent.js';
import { AnswerStripeRefusals, done, refused, send } from '../stripe/answer.js';
import type { Form } from '../stripe/form.js';
import { requestIdOf } from '../stripe/speak-stripe.js';
import { failures } from '../stripe/stripe-error.js';
import { toStripeIntent } from '../stripe/stripe-objects.js';
import { bookPaymentIntents, type Booking } from './book-payment-intents.js';
import { readPurchase } from './read-purchase.js';

/** Takes the money at once, or says why not. */
@Controller('v1/payment_intents')
@UseFilters(AnswerStripeRefusals)
export class CreatePaymentIntent {
  private readonly books: GroupCommit<Booking, Answer>;

  constructor(
    database: Database,
    private readonly keys: IdempotencyKeys,
    private readonly behaviour: ProviderBehaviour,
    private readonly merchant: TellMerchant,
  ) {
    this.books = new GroupCommit((bookings) => bookPaymentIntents(bookings, database, keys));
  }

  @Post()
  async create(
    @Body() body: Form | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Headers('stripe-version') apiVersion: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = body ?? {};
    const attempt = attemptOf('POST /v1/payment_intents', form, key, requestIdOf(reply));
    const { purchase, verdict } = readPurchase(form, apiVersion);

    const { answer, hangs } = await this.keys.alone(attempt, async () => {
      const { hangs, telling } = await this.behaviour.meet('payment');
      const now = new Date();
      const intent = PaymentIntent.confirm(newId('pi'), purchase, verdict, attempt.key, now);
      const eventId = newId('evt');
      const event = this.merchant.owed(intentEvent(eventId, intent, attempt, now), telling);
      const answer = await this.books.run({ attempt, intent, answer: answerTo(intent), event });
      await this.merchant.told(eventId, telling);
      return { answer, hangs };
    });

    if (hangs) neverAnswer(reply);
    else send(reply, attempt, answer);
  }
}

/** A declined payment is an error that carries the intent it leaves behind. */
function answerTo(intent: PaymentIntent): Answer {
  const shown = toStripeIntent(intent);
  if (intent.failure === null) return done(shown);
  return refused(402, { ...failures[intent.failure], charge: intent.chargeId, payment_intent: shown });
}
