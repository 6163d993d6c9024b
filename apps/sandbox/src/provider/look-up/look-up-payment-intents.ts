import { Database } from '@hookshop/persistence';
import { Controller, Get, Param, Query, UseFilters } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { looksLikeId } from '../new-id.js';
import { PaymentIntent } from '../payment-intent.js';
import { AnswerStripeRefusals } from '../stripe/answer.js';
import { type Form, refuseUnknown, requiredText, text } from '../stripe/form.js';
import { invalidRequest, noSuch } from '../stripe/stripe-error.js';
import { toStripeIntent, toStripeList } from '../stripe/stripe-objects.js';
import { limitOf, startingAfter } from './stripe-page.js';

const listed = new Set(['limit', 'starting_after']);
const searched = new Set(['limit', 'page', 'query']);

@Controller('v1/payment_intents')
@UseFilters(AnswerStripeRefusals)
export class LookUpPaymentIntents {
  constructor(private readonly database: Database) {}

  @Get()
  async list(@Query() query: Form): Promise<object> {
    refuseUnknown(query, listed);
    const limit = limitOf(query);
    const rows = await this.read(limit, startingAfter(query, 'pi'));
    return toStripeList('/v1/payment_intents', rows, limit, toStripeIntent);
  }

  /** Stripe's search comes up to a minute late; this one is always up to date. */
  @Get('search')
  async search(@Query() query: Form): Promise<object> {
    refuseUnknown(query, searched);
    const orderId = orderIdIn(requiredText(query, 'query'));
    const limit = limitOf(query);
    const page = text(query, 'page');
    if (page !== undefined && !looksLikeId('pi', page)) throw invalidRequest('Invalid page', { param: 'page' });

    const rows = await this.read(limit, page, orderId);
    const found = toStripeList('/v1/payment_intents/search', rows, limit, toStripeIntent);
    return { ...found, object: 'search_result', next_page: found.has_more ? rows[limit - 1]!.id : null };
  }

  @Get(':id')
  async show(@Param('id') id: string): Promise<object> {
    const intent = looksLikeId('pi', id)
      ? await this.database.dataSource.manager.findOneBy(PaymentIntent, { id })
      : undefined;
    if (!intent) throw noSuch('payment_intent', id.slice(0, 100), 'intent');
    return toStripeIntent(intent);
  }

  /** Newest first, one more than asked for: it tells whether there are more. */
  private read(limit: number, after?: string, orderId?: string): Promise<PaymentIntent[]> {
    return this.database.dataSource.manager.find(PaymentIntent, {
      where: { ...(after && { id: LessThan(after) }), ...(orderId !== undefined && { orderId }) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }
}

/** Of Stripe's search language, the one clause a shop needs. */
function orderIdIn(query: string): string {
  const found = /^\s*metadata\[(["'])orderId\1\]\s*:\s*(["'])((?:(?!\2)[^\\])+)\2\s*$/.exec(query);
  if (found === null) {
    throw invalidRequest("The sandbox searches by metadata['orderId']:'…' only.", { param: 'query' });
  }
  return found[3]!;
}
