import { IsId, IsText, IsTime } from '../contract/field-decorators.js';
import { EventContract } from '../contract/event-contract.js';

/** What every fact about a shipment tells of it. */
class ShipmentFact {
  @IsId() readonly shipmentId: string;
  @IsId() readonly orderId: string;
}

/** Of a parcel that the carrier has, or had. */
class ParcelFact extends ShipmentFact {
  @IsText() readonly carrier: string;
  @IsText() readonly trackingNumber: string;
}

@EventContract('shipment.dispatched', 1, { description: 'The carrier picked up the parcel of an order.' })
export class ShipmentDispatched extends ParcelFact {
  @IsTime() readonly dispatchedAt: string;
}

@EventContract('shipment.delivered', 1, { description: 'The carrier handed the parcel of an order to its recipient.' })
export class ShipmentDelivered extends ParcelFact {
  @IsTime() readonly deliveredAt: string;
}

@EventContract('shipment.cancelled', 1, {
  description: 'The shipment of a cancelled order was called off before the carrier picked it up.',
})
export class ShipmentCancelled extends ShipmentFact {
  @IsTime() readonly cancelledAt: string;
}

@EventContract('shipment.recalled', 1, {
  description: 'A parcel had left when the cancellation of its order reached the carrier, which brings it back.',
})
export class ShipmentRecalled extends ParcelFact {
  @IsTime() readonly recalledAt: string;
}

@EventContract('shipment.recall-failed', 1, {
  description: 'The parcel of a cancelled order cannot be brought back: a person must look.',
})
export class ShipmentRecallFailed extends ParcelFact {
  /** The carrier's reason, `already_delivered`. */
  @IsText() readonly reason: string;
}
