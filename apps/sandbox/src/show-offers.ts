import { Controller, Get } from '@nestjs/common';

/** What the sandbox offers, for whoever opens it in a browser. */
@Controller()
export class ShowOffers {
  @Get()
  show(): object {
    return {
      name: 'Hookshop sandbox',
      plays: 'the third parties of the shop: a payment provider and a mail server',
      provider: {
        stripe: ['/v1/payment_intents', '/v1/payment_intents/search', '/v1/refunds'],
        books: ['/provider/payment-intents', '/provider/refunds'],
        authenticate: 'POST /provider/payment-intents/:id/authenticate { outcome: succeed | fail }',
        misbehave: 'PUT /provider/behaviour { delayMs?, timeoutAfterCharge?, failRefunds?, times? }',
      },
      mail: {
        inbox: '/inbox?to=',
        misbehave: 'PUT /inbox/behaviour { reject?: temporary | permanent | null, times? }',
      },
      emptying: ['DELETE /provider/payment-intents', 'DELETE /provider/refunds', 'DELETE /inbox'],
    };
  }
}
