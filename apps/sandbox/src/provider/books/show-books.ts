import { Database } from '@hookshop/persistence';
import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { IsOptional, Matches, MaxLength } from 'class-validator';
import { type EntityTarget, type FindManyOptions, LessThan } from 'typeorm';
import { badCursor, type Page, PageQuery, toPage } from '../../page.js';
import { looksLikeId } from '../new-id.js';
import { PaymentIntent } from '../payment-intent.js';
import { Refund } from '../refund.js';

class BooksQuery extends PageQuery {
  @IsOptional() @Matches(/^\P{Cc}*$/u) @MaxLength(500) readonly orderId?: string;
}

/** What moved, for whoever checks a shop against its provider. */
@Controller('provider')
export class ShowBooks {
  constructor(private readonly database: Database) {}

  @Get('payment-intents')
  async paymentIntents(@Query() query: BooksQuery): Promise<Page<PaymentIntent>> {
    const rows = await this.read(PaymentIntent, 'pi', query);
    return toPage(rows, query.limit);
  }

  @Get('refunds')
  async refunds(@Query() query: BooksQuery): Promise<Page<Refund>> {
    const rows = await this.read(Refund, 're', query);
    return toPage(rows, query.limit);
  }

  /** Without its intents the provider knows no refunds either, nor what it answered under which key. */
  @Delete('payment-intents')
  @HttpCode(204)
  async emptyPaymentIntents(): Promise<void> {
    await this.database.query(`TRUNCATE idempotency_keys, payment_intents, refunds`);
  }

  @Delete('refunds')
  @HttpCode(204)
  async emptyRefunds(): Promise<void> {
    await this.database.transaction(async (tx) => {
      // In the order in which a refund being booked takes them, or the two would wait for each other.
      await tx.query(`LOCK TABLE idempotency_keys, payment_intents, refunds IN ACCESS EXCLUSIVE MODE`);
      await tx.query(`TRUNCATE refunds`);
      await tx.query(`DELETE FROM idempotency_keys WHERE request = 'POST /v1/refunds'`);
      await tx.query(`UPDATE payment_intents SET refunded_in_cents = 0 WHERE refunded_in_cents > 0`);
    });
  }

  /** Newest first, one more than asked for: it tells whether there are more. */
  private read<T extends PaymentIntent | Refund>(
    book: EntityTarget<T>,
    prefix: 'pi' | 're',
    { limit, cursor, orderId }: BooksQuery,
  ): Promise<T[]> {
    if (cursor !== undefined && !looksLikeId(prefix, cursor)) throw badCursor();
    return this.database.dataSource.getRepository(book).find({
      where: { ...(cursor && { id: LessThan(cursor) }), ...(orderId !== undefined && { orderId }) },
      order: { id: 'DESC' },
      take: limit + 1,
    } as FindManyOptions<T>);
  }
}
