import { Database } from '@hookshop/persistence';
import { Controller, Get, Param, Query, UseFilters } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { looksLikeId } from '../new-id.js';
import { Refund } from '../refund.js';
import { AnswerStripeRefusals } from '../stripe/answer.js';
import { type Form, refuseUnknown, text } from '../stripe/form.js';
import { noSuch } from '../stripe/stripe-error.js';
import { toStripeList, toStripeRefund } from '../stripe/stripe-objects.js';
import { limitOf, startingAfter } from './stripe-page.js';

const listed = new Set(['limit', 'payment_intent', 'starting_after']);

@Controller('v1/refunds')
@UseFilters(AnswerStripeRefusals)
export class LookUpRefunds {
  constructor(private readonly database: Database) {}

  @Get()
  async list(@Query() query: Form): Promise<object> {
    refuseUnknown(query, listed);
    const limit = limitOf(query);
    const after = startingAfter(query, 're');
    const paymentIntentId = text(query, 'payment_intent');
    const rows = await this.database.dataSource.manager.find(Refund, {
      where: { ...(after && { id: LessThan(after) }), ...(paymentIntentId && { paymentIntentId }) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return toStripeList('/v1/refunds', rows, limit, toStripeRefund);
  }

  @Get(':id')
  async show(@Param('id') id: string): Promise<object> {
    const refund = looksLikeId('re', id) ? await this.database.dataSource.manager.findOneBy(Refund, { id }) : undefined;
    if (!refund) throw noSuch('refund', id.slice(0, 100));
    return toStripeRefund(refund);
  }
}
