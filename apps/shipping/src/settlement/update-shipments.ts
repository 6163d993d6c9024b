import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Shipment } from '../shipment.js';

export interface Update {
  /** As the move left it. */
  shipment: Shipment;
  /** As it was read: a row that another moved or attempted meanwhile is left alone. */
  known: Pick<Shipment, 'version' | 'attempts'>;
}

/**
 * Stores shipments that moved and ends their leases, except of those that wait for an answer. Returns the ids of those
 * that were still as they were read.
 */
export async function updateShipments(tx: DatabaseTransaction, updates: readonly Update[]): Promise<Set<string>> {
  const column = <T>(read: (shipment: Shipment) => T): T[] => updates.map(({ shipment }) => read(shipment));
  const rows = await tx.query<{ id: string }>(statement, [
    column(({ id }) => id),
    updates.map(({ known }) => known.version),
    updates.map(({ known }) => known.attempts),
    column(({ status }) => status),
    column(({ version }) => version),
    column(({ carrierId }) => carrierId),
    column(({ carrier }) => carrier),
    column(({ trackingNumber }) => trackingNumber),
    column(({ failures }) => failures),
    column(({ lastError }) => lastError),
    column(({ dispatchedAt }) => dispatchedAt),
    column(({ deliveredAt }) => deliveredAt),
    column(({ cancelledAt }) => cancelledAt),
    column(({ cancellationCause }) => cancellationCause && JSON.stringify(cancellationCause)),
    column(({ nextAttemptInSeconds }) => nextAttemptInSeconds),
    column(({ waitsForAnswer }) => waitsForAnswer),
    column(({ nextLookInSeconds }) => nextLookInSeconds),
  ]);
  return new Set(rows.map(({ id }) => id));
}

/** Rows are locked in the order of their orders, like everywhere: two batches wait for each other without a deadlock. */
const statement = `
  WITH locked AS (
    SELECT id FROM shipments WHERE id = ANY ($1::uuid[]) ORDER BY order_id FOR UPDATE
  )
  UPDATE shipments SET
    status = moved.status,
    version = moved.version,
    carrier_id = moved.carrier_id,
    carrier = moved.carrier,
    tracking_number = moved.tracking_number,
    failures = moved.failures,
    last_error = moved.last_error,
    dispatched_at = moved.dispatched_at,
    delivered_at = moved.delivered_at,
    cancelled_at = moved.cancelled_at,
    cancellation_cause = moved.cancellation_cause,
    next_attempt_at = CASE WHEN moved.waits THEN shipments.next_attempt_at
      ELSE now() + moved.next_attempt_in_seconds * interval '1 second' END,
    next_look_at = now() + moved.next_look_in_seconds * interval '1 second',
    leased_until = CASE WHEN moved.waits THEN shipments.leased_until END,
    updated_at = now()
  FROM locked, unnest(
    $1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::text[],
    $9::integer[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::jsonb[],
    $15::double precision[], $16::boolean[], $17::double precision[]
  ) AS moved (
    id, known_version, known_attempts, status, version, carrier_id, carrier, tracking_number, failures, last_error,
    dispatched_at, delivered_at, cancelled_at, cancellation_cause, next_attempt_in_seconds, waits,
    next_look_in_seconds
  )
  WHERE shipments.id = locked.id AND shipments.id = moved.id
    AND shipments.version = moved.known_version AND shipments.attempts = moved.known_attempts
  RETURNING shipments.id`;
