import type { ShipmentStatus } from './shipment-status.js';

/** The carrier reports what cannot follow from what is known. */
export class IllegalTransition extends Error {
  constructor(shipmentId: string, from: ShipmentStatus, to: ShipmentStatus) {
    super(`Shipment ${shipmentId} is ${from} and cannot become ${to}`);
    this.name = 'IllegalTransition';
  }
}

/** The carrier has two parcels for one order: a person must stop one of them. */
export class BookedTwice extends Error {
  constructor(orderId: string, known: string, again: string) {
    super(
      `The parcel of order ${orderId} is ${known} at the carrier, and ${again} as well: have one of them cancelled`,
    );
    this.name = 'BookedTwice';
  }
}
