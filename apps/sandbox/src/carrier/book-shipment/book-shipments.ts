import type { Database } from '@hookshop/persistence';
import { CarrierRefusal } from '../api/carrier-refusal.js';
import type { Consignment, Shipment } from '../shipment.js';
import { type ApiShipment, toApiShipment } from '../shipment-views.js';

export interface Booking {
  id: string;
  /** The shop's `Idempotency-Key`. */
  key: string;
  consignment: Consignment;
  fingerprint: string;
  createdAt: Date;
}

/** The answer to a booking: the shipment of that time, whatever happened to it since. */
export interface Booked {
  shipment: ApiShipment;
  /** An earlier request with the same key booked it. */
  replayed: boolean;
}

/**
 * Books shipments in one statement and so in one commit. A booking whose key was used before books nothing and gets the
 * answer of that time.
 */
export async function bookShipments(
  bookings: Booking[],
  database: Pick<Database, 'query'>,
): Promise<(Booked | Error)[]> {
  const column = <T>(read: (booking: Booking) => T): T[] => bookings.map(read);
  const rows = await database.query<BookedRow>(book, [
    column(({ id }) => id),
    column(({ consignment }) => consignment.reference),
    column(({ consignment }) => consignment.recipient),
    column(({ consignment }) => JSON.stringify(consignment.address)),
    column(({ consignment }) => JSON.stringify(consignment.items)),
    column(({ key }) => key),
    column(({ fingerprint }) => fingerprint),
    column(({ createdAt }) => createdAt.toISOString()),
  ]);

  const ours = new Map(rows.map((row) => [row.id, row]));
  const repeated = bookings.filter(({ id }) => !ours.has(id));
  const kept = repeated.length > 0 ? await bookedBefore(repeated, database) : new Map<string, BookedRow>();
  return bookings.map(({ id, key, fingerprint }) => {
    const row = ours.get(id);
    if (row !== undefined) return { shipment: asBooked(row), replayed: false };
    const before = kept.get(key);
    if (before === undefined) return emptiedMeanwhile();
    return before.fingerprint === fingerprint ? { shipment: asBooked(before), replayed: true } : keyReused();
  });
}

interface BookedRow extends Pick<Shipment, 'id' | 'reference' | 'trackingNumber' | 'createdAt'> {
  key: string;
  fingerprint: string;
}

async function bookedBefore(
  bookings: Booking[],
  database: Pick<Database, 'query'>,
): Promise<ReadonlyMap<string, BookedRow>> {
  const rows = await database.query<BookedRow>(readBooked, [bookings.map(({ key }) => key)]);
  return new Map(rows.map((row) => [row.key, row]));
}

const asBooked = ({ id, reference, trackingNumber, createdAt }: BookedRow): ApiShipment =>
  toApiShipment({
    id,
    reference,
    status: 'booked',
    trackingNumber,
    createdAt,
    pickedUpAt: null,
    deliveredAt: null,
    cancelledAt: null,
    returningAt: null,
  });

const keyReused = (): CarrierRefusal =>
  new CarrierRefusal(
    422,
    'idempotency_key_reused',
    'Another shipment was booked with this Idempotency-Key. Use a key of its own for each shipment.',
  );

const emptiedMeanwhile = (): CarrierRefusal =>
  new CarrierRefusal(503, 'unavailable', 'The books were emptied at this very moment. Book again with the same key.');

const shown = `
  id, reference, tracking_number AS "trackingNumber", created_at AS "createdAt", idempotency_key AS key, fingerprint`;

/**
 * Keys are taken in a sorted order, so that two processes with the same keys wait for each other without a deadlock.
 * Counting in steps of a number prime to the size of the circle meets every tracking number once, and hides how few
 * parcels there are.
 */
const book = `
  INSERT INTO shipments (
    id, reference, status, tracking_number, recipient, address, items, idempotency_key, fingerprint, created_at
  )
  SELECT id, reference, 'booked',
    'SE' || lpad((nextval('tracking_numbers') * 387420489 % 1000000000000)::text, 12, '0'),
    recipient, address, items, key, fingerprint, created_at
  FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::jsonb[], $5::jsonb[], $6::text[], $7::text[], $8::timestamptz[]
  ) AS booking (id, reference, recipient, address, items, key, fingerprint, created_at)
  ORDER BY key
  ON CONFLICT (idempotency_key) DO NOTHING
  RETURNING ${shown}`;

const readBooked = `SELECT ${shown} FROM shipments WHERE idempotency_key = ANY ($1::text[])`;
