import { Controller, Get } from '@nestjs/common';

/** What the sandbox offers, for whoever opens it in a browser. */
@Controller()
export class ShowOffers {
  @Get()
  show(): object {
    return {
      name: 'Hookshop sandbox',
      plays: 'the third parties of the shop: a payment provider, a carrier, a mail server and a partner',
      provider: {
        stripe: ['/v1/payment_intents', '/v1/payment_intents/search', '/v1/refunds'],
        books: ['/provider/payment-intents', '/provider/refunds'],
        authenticate: 'POST /provider/payment-intents/:id/authenticate { outcome: succeed | fail }',
        misbehave:
          'PUT /provider/behaviour { delayMs?, timeoutAfterCharge?, failRefunds?, webhookTwice?, webhookFirst?, webhookNever?, times? }',
      },
      carrier: {
        api: '/carrier/v1/shipments',
        books: '/carrier/shipments?orderId=',
        move: ['POST /carrier/shipments/:id/pick-up', 'POST /carrier/shipments/:id/deliver'],
        misbehave:
          'PUT /carrier/behaviour { delayMs?, timeoutAfterBooking?, webhookTwice?, deliveredFirst?, webhookFirst?, times? }',
      },
      webhooks: { owed: '/webhooks?sender=stripe | carrier&eventId=' },
      mail: {
        inbox: '/inbox?to=',
        misbehave: 'PUT /inbox/behaviour { reject?: temporary | permanent | null, times? }',
      },
      partner: {
        webhooks: 'POST /partner/webhooks',
        received: '/partner/received?type=&orderId=',
        misbehave:
          'PUT /partner/behaviour { mode: ok | status | hang | drip | reset | redirect | gzip-bomb | gone | retry-after, status?, seconds?, times? }',
        redirected: '/partner/trap',
      },
      emptying: [
        'DELETE /provider/payment-intents',
        'DELETE /provider/refunds',
        'DELETE /carrier/shipments',
        'DELETE /webhooks',
        'DELETE /inbox',
        'DELETE /partner/received',
        'DELETE /partner/trap',
      ],
    };
  }
}
