export const carrierStatuses = ['booked', 'picked_up', 'delivered', 'cancelled', 'returning'] as const;
export type CarrierStatus = (typeof carrierStatuses)[number];

/** A parcel in the carrier's books, as its answers and its webhooks tell of it. Times are RFC 3339 UTC. */
export interface CarrierShipment {
  /** `shp_…` */
  id: string;
  /** What the shop gave it: the order's id. */
  reference: string;
  status: CarrierStatus;
  /** Name of the carrier. */
  carrier: string;
  trackingNumber: string;
  pickedUpAt: string | null;
  deliveredAt: string | null;
  cancelledAt: string | null;
  returningAt: string | null;
}

/** The carrier told something that is no shipment. */
export class NotAShipment extends Error {
  constructor(fault: string) {
    super(fault);
    this.name = 'NotAShipment';
  }
}

/** @throws NotAShipment naming the first field that is not as agreed; never with what it holds */
export function readShipment(value: unknown): CarrierShipment {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new NotAShipment('it is no object');
  const fields = value as Record<string, unknown>;
  return {
    // It becomes part of an address.
    id: read(fields, 'id', isId),
    reference: read(fields, 'reference', isLine),
    status: read(fields, 'status', isStatus),
    carrier: read(fields, 'carrier', isLine),
    trackingNumber: read(fields, 'tracking_number', isLine),
    pickedUpAt: readTime(fields, 'picked_up_at'),
    deliveredAt: readTime(fields, 'delivered_at'),
    cancelledAt: readTime(fields, 'cancelled_at'),
    returningAt: readTime(fields, 'returning_at'),
  };
}

/** @returns the time in UTC; undefined when it is none of the years a shop can live in */
export function timeOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || !TIME.test(value)) return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

const TIME = /^2\d{3}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

const isId = (value: unknown): value is string => typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value);

/** What facts can carry: one line of at most 200 characters. */
const isLine = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 200 && /^[^\p{Cc}\p{Cs}]*$/u.test(value);

const isStatus = (value: unknown): value is CarrierStatus => carrierStatuses.includes(value as CarrierStatus);

function read<T>(fields: Record<string, unknown>, name: string, isFit: (value: unknown) => value is T): T {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!isFit(value)) throw new NotAShipment(`its ${name} is ${value === undefined ? 'missing' : 'not valid'}`);
  return value;
}

function readTime(fields: Record<string, unknown>, name: string): string | null {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (value === undefined || value === null) return null;
  const time = timeOf(value);
  if (time === undefined) throw new NotAShipment(`its ${name} is not a time`);
  return time;
}
