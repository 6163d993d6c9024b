import { Problem } from '@hookshop/http';
import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CarryParcels, type Moved, NoSuchShipment } from '../carry-parcels.js';
import { IllegalMove } from '../shipment.js';
import { type BookEntry, toBookEntry } from '../shipment-views.js';

/** Plays the driver: nothing moves by itself. */
@Controller('carrier/shipments')
export class MoveShipment {
  constructor(private readonly parcels: CarryParcels) {}

  @Post(':id/pick-up')
  @HttpCode(200)
  pickUp(@Param('id') id: string): Promise<BookEntry> {
    return shown(this.parcels.pickUp(id));
  }

  @Post(':id/deliver')
  @HttpCode(200)
  deliver(@Param('id') id: string): Promise<BookEntry> {
    return shown(this.parcels.deliver(id));
  }
}

async function shown(moving: Promise<Moved>): Promise<BookEntry> {
  try {
    return toBookEntry((await moving).shipment);
  } catch (error) {
    if (error instanceof NoSuchShipment) throw new Problem(404, 'There is no such shipment.');
    if (error instanceof IllegalMove) throw new Problem(409, refusal(error));
    throw error;
  }
}

const refusal = ({ shipment: { status }, wanted }: IllegalMove): string =>
  status === 'cancelled'
    ? 'The shipment is cancelled: the shop keeps the parcel.'
    : `The shipment is ${status} and cannot become ${wanted} any more.`;
