import { Problem } from '@hookshop/http';
import { Database } from '@hookshop/persistence';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { IsIn } from 'class-validator';
import { ProviderBehaviour } from '../behaviour/provider-behaviour.js';
import { intentEvent } from '../events/stripe-event.js';
import { TellMerchant } from '../events/tell-merchant.js';
import { lockPaymentIntent } from '../lock-payment-intent.js';
import { newId } from '../new-id.js';
import { PaymentIntent, UnexpectedState } from '../payment-intent.js';

class Authentication {
  @IsIn(['succeed', 'fail']) readonly outcome: 'succeed' | 'fail';
}

/** No request of the merchant's leads to what its customer does. */
const customer = { key: null, requestId: null };

/** Plays the customer whose bank asks whether it is really them. */
@Controller('provider/payment-intents')
export class AuthenticatePaymentIntent {
  constructor(
    private readonly database: Database,
    private readonly behaviour: ProviderBehaviour,
    private readonly merchant: TellMerchant,
  ) {}

  @Post(':id/authenticate')
  @HttpCode(200)
  async authenticate(@Param('id') id: string, @Body() { outcome }: Authentication): Promise<PaymentIntent> {
    const { telling } = await this.behaviour.meet('authentication');
    const eventId = newId('evt');
    const authenticated = await this.database.transaction(async (tx) => {
      const intent = await lockPaymentIntent(id, tx);
      if (intent === null) throw new Problem(404, 'There is no such payment intent.');
      try {
        intent.authenticate(outcome);
      } catch (error) {
        if (error instanceof UnexpectedState)
          throw new Problem(409, `The payment intent is ${intent.status}: nobody is asked to authenticate.`);
        throw error;
      }
      await tx.manager.save(intent);
      await this.merchant.owe(intentEvent(eventId, intent, customer, new Date()), telling, tx);
      return intent;
    });
    await this.merchant.told(eventId, telling);
    return authenticated;
  }
}
