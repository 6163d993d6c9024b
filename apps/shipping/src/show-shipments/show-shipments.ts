import { IsId } from '@hookshop/contracts';
import { Database } from '@hookshop/persistence';
import { Controller, Get, Query } from '@nestjs/common';
import { selectShipments, type ShipmentView } from './select-shipments.js';

class ShipmentsOf {
  @IsId() readonly orderId: string;
}

/** For operators: customers and partners come through the gateway. */
@Controller('shipments')
export class ShowShipments {
  constructor(private readonly database: Database) {}

  @Get()
  async show(@Query() { orderId }: ShipmentsOf): Promise<{ data: ShipmentView[] }> {
    return { data: await selectShipments(this.database, orderId) };
  }
}
