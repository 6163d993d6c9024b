import { Database } from '@hookshop/persistence';
import { Controller, Get, Param, Query, UseFilters } from '@nestjs/common';
import { AnswerCarrierRefusals, noSuchShipment } from '../api/carrier-refusal.js';
import { IsLine } from '../book-shipment/booking-request.js';
import { looksLikeShipmentId } from '../carrier-ids.js';
import { Shipment } from '../shipment.js';
import { type ApiShipment, toApiShipment } from '../shipment-views.js';

const MOST_SHOWN = 100;

class ByReference {
  @IsLine(200) readonly reference: string;
}

/** How a shop finds out what became of a booking whose answer it never got. */
@Controller('carrier/v1/shipments')
@UseFilters(AnswerCarrierRefusals)
export class LookUpShipments {
  constructor(private readonly database: Database) {}

  /** Oldest first. */
  @Get()
  async find(@Query() { reference }: ByReference): Promise<{ data: ApiShipment[] }> {
    const shipments = await this.database.dataSource
      .getRepository(Shipment)
      .find({ where: { reference }, order: { id: 'ASC' }, take: MOST_SHOWN });
    return { data: shipments.map(toApiShipment) };
  }

  @Get(':id')
  async show(@Param('id') id: string): Promise<ApiShipment> {
    const found = looksLikeShipmentId(id)
      ? await this.database.dataSource.getRepository(Shipment).findOneBy({ id })
      : null;
    if (found === null) throw noSuchShipment();
    return toApiShipment(found);
  }
}
