import { Database } from '@hookshop/persistence';
import { Controller, HttpCode, Param, Post, UseFilters } from '@nestjs/common';
import { AnswerCarrierRefusals, noSuchShipment, refuseMove } from '../api/carrier-refusal.js';
import { CarrierBehaviour } from '../behaviour/carrier-behaviour.js';
import { keepMove, lockShipment } from '../lock-shipment.js';
import { IllegalMove, type Shipment } from '../shipment.js';
import { type ApiShipment, toApiShipment } from '../shipment-views.js';

/** The shop changed its mind: before the parcel left it cancels, afterwards the parcel must turn back. */
@Controller('carrier/v1/shipments')
@UseFilters(AnswerCarrierRefusals)
export class CallBackShipment {
  constructor(
    private readonly database: Database,
    private readonly behaviour: CarrierBehaviour,
  ) {}

  @Post(':id/cancel')
  @HttpCode(200)
  cancel(@Param('id') id: string): Promise<ApiShipment> {
    return this.move(id, (shipment) => shipment.cancel(new Date()));
  }

  @Post(':id/return')
  @HttpCode(200)
  return(@Param('id') id: string): Promise<ApiShipment> {
    return this.move(id, (shipment) => shipment.return(new Date()));
  }

  private async move(id: string, make: (shipment: Shipment) => boolean): Promise<ApiShipment> {
    await this.behaviour.meetCall();
    return this.database.transaction(async (tx) => {
      const shipment = await lockShipment(id, tx);
      if (shipment === null) throw noSuchShipment();
      try {
        if (make(shipment)) await keepMove(shipment, tx);
      } catch (error) {
        throw error instanceof IllegalMove ? refuseMove(error) : error;
      }
      return toApiShipment(shipment);
    });
  }
}
