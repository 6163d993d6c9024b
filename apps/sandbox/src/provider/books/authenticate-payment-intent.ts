import { Problem } from '@hookshop/http';
import { Database } from '@hookshop/persistence';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { IsIn } from 'class-validator';
import { lockPaymentIntent } from '../lock-payment-intent.js';
import { PaymentIntent, UnexpectedState } from '../payment-intent.js';

class Authentication {
  @IsIn(['succeed', 'fail']) readonly outcome: 'succeed' | 'fail';
}

/** Plays the customer whose bank asks whether it is really them. */
@Controller('provider/payment-intents')
export class AuthenticatePaymentIntent {
  constructor(private readonly database: Database) {}

  @Post(':id/authenticate')
  @HttpCode(200)
  authenticate(@Param('id') id: string, @Body() { outcome }: Authentication): Promise<PaymentIntent> {
    return this.database.transaction(async (tx) => {
      const intent = await lockPaymentIntent(id, tx);
      if (intent === null) throw new Problem(404, 'There is no such payment intent.');
      try {
        intent.authenticate(outcome);
      } catch (error) {
        if (error instanceof UnexpectedState)
          throw new Problem(409, `The payment intent is ${intent.status}: nobody is asked to authenticate.`);
        throw error;
      }
      return tx.manager.save(intent);
    });
  }
}
