import { Database } from '@hookshop/persistence';
import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { IsOptional, Matches, MaxLength } from 'class-validator';
import { LessThan } from 'typeorm';
import { badCursor, type Page, PageQuery, toPage } from '../../page.js';
import { looksLikeShipmentId } from '../carrier-ids.js';
import { Shipment } from '../shipment.js';
import { type BookEntry, toBookEntry } from '../shipment-views.js';

class ShipmentsQuery extends PageQuery {
  @IsOptional() @Matches(/^\P{Cc}*$/u) @MaxLength(200) readonly orderId?: string;
}

/** Every parcel and where it is, for whoever checks a shop against its carrier. */
@Controller('carrier/shipments')
export class ShowShipments {
  constructor(private readonly database: Database) {}

  /** Newest first. */
  @Get()
  async show(@Query() { limit, cursor, orderId }: ShipmentsQuery): Promise<Page<BookEntry>> {
    if (cursor !== undefined && !looksLikeShipmentId(cursor)) throw badCursor();
    const shipments = await this.database.dataSource.getRepository(Shipment).find({
      where: { ...(cursor && { id: LessThan(cursor) }), ...(orderId !== undefined && { reference: orderId }) },
      order: { id: 'DESC' },
      // One more than asked for tells whether there are more.
      take: limit + 1,
    });
    const { data, nextCursor } = toPage(shipments, limit);
    return { data: data.map(toBookEntry), nextCursor };
  }

  @Delete()
  @HttpCode(204)
  async empty(): Promise<void> {
    await this.database.query(`TRUNCATE shipments`);
  }
}
