import { Column, Entity, PrimaryColumn } from 'typeorm';

export type ShipmentStatus = 'booked' | 'picked_up' | 'delivered' | 'cancelled' | 'returning';

/** Every move a shipment may make. Anything else is an IllegalMove. */
export const transitions: Record<ShipmentStatus, readonly ShipmentStatus[]> = {
  booked: ['picked_up', 'cancelled'],
  picked_up: ['delivered', 'returning'],
  delivered: [],
  cancelled: [],
  returning: [],
};

export interface Address {
  line1: string;
  line2?: string;
  city: string;
  postalCode: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
}

export interface Item {
  sku: string;
  quantity: number;
}

/** What the shop asks for when it books. */
export interface Consignment {
  /** The shop's own name for it: the order's id. */
  reference: string;
  recipient: string;
  address: Address;
  items: Item[];
}

/** A parcel: what the carrier's books say about it. Each move tells whether it was made: done before, it is not again. */
@Entity('shipments')
export class Shipment {
  @PrimaryColumn('text') id: string;
  @Column('text') reference: string;
  @Column('text') status: ShipmentStatus;
  @Column('text', { name: 'tracking_number' }) trackingNumber: string;
  @Column('text') recipient: string;
  @Column('jsonb') address: Address;
  @Column('jsonb') items: Item[];
  @Column('text', { name: 'idempotency_key' }) idempotencyKey: string;
  /** Of the request that booked it. */
  @Column('text') fingerprint: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'picked_up_at', nullable: true }) pickedUpAt: Date | null;
  @Column('timestamptz', { name: 'delivered_at', nullable: true }) deliveredAt: Date | null;
  @Column('timestamptz', { name: 'cancelled_at', nullable: true }) cancelledAt: Date | null;
  @Column('timestamptz', { name: 'returning_at', nullable: true }) returningAt: Date | null;

  /** @throws IllegalMove */
  pickUp(now: Date): boolean {
    if (this.pickedUpAt !== null) return false;
    this.moveTo('picked_up');
    this.pickedUpAt = now;
    return true;
  }

  /** @throws IllegalMove */
  deliver(now: Date): boolean {
    if (this.status === 'delivered') return false;
    this.moveTo('delivered');
    this.deliveredAt = now;
    return true;
  }

  /** @throws IllegalMove */
  cancel(now: Date): boolean {
    if (this.status === 'cancelled') return false;
    this.moveTo('cancelled');
    this.cancelledAt = now;
    return true;
  }

  /**
   * Turns back on its way.
   *
   * @throws IllegalMove
   */
  return(now: Date): boolean {
    if (this.status === 'returning') return false;
    this.moveTo('returning');
    this.returningAt = now;
    return true;
  }

  private moveTo(status: ShipmentStatus): void {
    if (!transitions[this.status].includes(status)) throw new IllegalMove(this, status);
    this.status = status;
  }
}

export class IllegalMove extends Error {
  constructor(
    readonly shipment: Shipment,
    readonly wanted: ShipmentStatus,
  ) {
    super(`The shipment ${shipment.id} is ${shipment.status} and cannot become ${wanted}`);
    this.name = 'IllegalMove';
  }
}
